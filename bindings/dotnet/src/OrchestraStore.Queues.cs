namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Pauses a queue, a repository, or a queue of a repository: none of its tasks is handed out
        /// until <see cref="ResumeQueue"/>. Tasks that were claimed go on.</summary>
        /// <param name="queueName"><c>null</c> for every queue of the repository.</param>
        /// <param name="repositoryPath"><c>null</c> for the queue in every repository.</param>
        /// <returns>A JSON object with all columns of the table QueuePauses.</returns>
        public string PauseQueue(string queueName, string repositoryPath = null, string reason = null) =>
            CallForText(queueName, repositoryPath, reason, NativeMethods.orchestra_queue_pause);

        /// <summary>Ends a pause, named as it was for <see cref="PauseQueue"/>.</summary>
        /// <returns>The pause as it was.</returns>
        public string ResumeQueue(string queueName, string repositoryPath = null) =>
            CallForText(queueName, repositoryPath, NativeMethods.orchestra_queue_resume);

        /// <summary>Lists all that is paused, the longest ago first.</summary>
        /// <returns>A JSON array of pauses.</returns>
        public string ListQueuePauses() => CallForText(NativeMethods.orchestra_queue_list_pauses);

        /// <summary>Lists the queues that have tasks which haven't ended, by name and repository.</summary>
        /// <returns>A JSON array: QueueName, RepositoryPath, Pending, WaitingForOthers, Running,
        /// OldestAvailableAt, Pauses.</returns>
        public string ListQueues() => CallForText(NativeMethods.orchestra_queue_list);
    }
}
