namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Lets a pending task wait for another one, too: it can't be claimed before that has
        /// completed.</summary>
        /// <param name="onFailure">What becomes of it if that one fails or is cancelled, or has been.</param>
        /// <returns>The task.</returns>
        public string AddTaskDependency(string id, string dependsOn, FailurePolicy onFailure = FailurePolicy.Block)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                NativeText nativeDependsOn = call.Text(dependsOn);
                orchestra_buffer task;
                orchestra_error* error;
                int status = NativeMethods.orchestra_task_add_dependency(
                    call.Store, nativeId.Pointer, nativeId.Length,
                    nativeDependsOn.Pointer, nativeDependsOn.Length, (int)onFailure, &task, &error);
                return NativeCall.Result(status, &task, error);
            }
        }

        /// <summary>Lets a pending task no longer wait for another one.</summary>
        /// <returns>The task.</returns>
        public string RemoveTaskDependency(string id, string dependsOn)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                NativeText nativeDependsOn = call.Text(dependsOn);
                orchestra_buffer task;
                orchestra_error* error;
                int status = NativeMethods.orchestra_task_remove_dependency(
                    call.Store, nativeId.Pointer, nativeId.Length,
                    nativeDependsOn.Pointer, nativeDependsOn.Length, &task, &error);
                return NativeCall.Result(status, &task, error);
            }
        }
    }
}
