namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Pauses a queue, a repository, or a queue of a repository: none of its tasks is handed out
        /// until <see cref="ResumeQueue"/>. Tasks that were claimed go on.</summary>
        /// <param name="queueName"><c>null</c> for every queue of the repository.</param>
        /// <param name="repositoryPath"><c>null</c> for the queue in every repository.</param>
        /// <returns>A JSON object with all columns of the table QueuePauses.</returns>
        public string PauseQueue(string queueName, string repositoryPath = null, string reason = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeQueueName = call.Text(queueName);
                NativeText nativeRepositoryPath = call.Text(repositoryPath);
                NativeText nativeReason = call.Text(reason);
                orchestra_buffer pause;
                orchestra_error* error;
                int status = NativeMethods.orchestra_queue_pause(
                    call.Store, nativeQueueName.Pointer, nativeQueueName.Length,
                    nativeRepositoryPath.Pointer, nativeRepositoryPath.Length,
                    nativeReason.Pointer, nativeReason.Length, &pause, &error);
                return NativeCall.Result(status, &pause, error);
            }
        }

        /// <summary>Ends a pause, named as it was for <see cref="PauseQueue"/>.</summary>
        /// <returns>The pause as it was.</returns>
        public string ResumeQueue(string queueName, string repositoryPath = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeQueueName = call.Text(queueName);
                NativeText nativeRepositoryPath = call.Text(repositoryPath);
                orchestra_buffer pause;
                orchestra_error* error;
                int status = NativeMethods.orchestra_queue_resume(
                    call.Store, nativeQueueName.Pointer, nativeQueueName.Length,
                    nativeRepositoryPath.Pointer, nativeRepositoryPath.Length, &pause, &error);
                return NativeCall.Result(status, &pause, error);
            }
        }

        /// <summary>Lists all that is paused, the longest ago first.</summary>
        /// <returns>A JSON array of pauses.</returns>
        public string ListQueuePauses()
        {
            using (var call = new NativeCall(_handle))
            {
                orchestra_buffer pauses;
                orchestra_error* error;
                int status = NativeMethods.orchestra_queue_list_pauses(call.Store, &pauses, &error);
                return NativeCall.Result(status, &pauses, error);
            }
        }

        /// <summary>Lists the queues that have tasks which haven't ended, by name and repository.</summary>
        /// <returns>A JSON array: QueueName, RepositoryPath, Pending, WaitingForOthers, Running,
        /// OldestAvailableAt, Pauses.</returns>
        public string ListQueues()
        {
            using (var call = new NativeCall(_handle))
            {
                orchestra_buffer queues;
                orchestra_error* error;
                int status = NativeMethods.orchestra_queue_list(call.Store, &queues, &error);
                return NativeCall.Result(status, &queues, error);
            }
        }
    }
}
