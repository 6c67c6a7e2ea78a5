namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Lets a pending task wait for another one, too: it can't be claimed before that has
        /// completed.</summary>
        /// <param name="onFailure">What becomes of it if that one fails or is cancelled, or has been.</param>
        /// <returns>The task.</returns>
        public string AddTaskDependency(string id, string dependsOn, FailurePolicy onFailure = FailurePolicy.Block) =>
            CallForText(id, dependsOn, (store, nativeId, idLength, nativeDependsOn, dependsOnLength, task, error) =>
                NativeMethods.orchestra_task_add_dependency(
                    store, nativeId, idLength, nativeDependsOn, dependsOnLength, (int)onFailure, task, error));

        /// <summary>Lets a pending task no longer wait for another one.</summary>
        /// <returns>The task.</returns>
        public string RemoveTaskDependency(string id, string dependsOn) =>
            CallForText(id, dependsOn, NativeMethods.orchestra_task_remove_dependency);
    }
}
