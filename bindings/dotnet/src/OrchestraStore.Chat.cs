namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Gives the latest session of a user with an instance of the host, or begins one with this
        /// title.</summary>
        /// <returns>A JSON object with all columns of the table ChatSessions.</returns>
        public string GetOrCreateChatSession(string userId, string instanceId, string title)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeUserId = call.Text(userId);
                NativeText nativeInstanceId = call.Text(instanceId);
                NativeText nativeTitle = call.Text(title);
                orchestra_buffer session;
                orchestra_error* error;
                int status = NativeMethods.orchestra_chat_get_or_create_session(
                    call.Store, nativeUserId.Pointer, nativeUserId.Length,
                    nativeInstanceId.Pointer, nativeInstanceId.Length, nativeTitle.Pointer, nativeTitle.Length,
                    &session, &error);
                return NativeCall.Result(status, &session, error);
            }
        }

        /// <summary>Looks a chat session up.</summary>
        /// <returns>The session.</returns>
        public string GetChatSession(string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer session;
                orchestra_error* error;
                int status = NativeMethods.orchestra_chat_get_session(
                    call.Store, nativeId.Pointer, nativeId.Length, &session, &error);
                return NativeCall.Result(status, &session, error);
            }
        }

        /// <summary>Gives a chat session another title.</summary>
        /// <returns>The session.</returns>
        public string RenameChatSession(string id, string title)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                NativeText nativeTitle = call.Text(title);
                orchestra_buffer session;
                orchestra_error* error;
                int status = NativeMethods.orchestra_chat_rename_session(
                    call.Store, nativeId.Pointer, nativeId.Length, nativeTitle.Pointer, nativeTitle.Length,
                    &session, &error);
                return NativeCall.Result(status, &session, error);
            }
        }

        /// <summary>Lists sessions of a user, those with the latest messages first.</summary>
        /// <param name="size">How many, 1 to 1000.</param>
        /// <param name="after"><c>null</c> for the first ones, and then the Next of the answer
        /// before.</param>
        /// <returns>A JSON object: Items, an array of sessions, and Next, where the next ones
        /// begin.</returns>
        public string ListChatSessions(string userId, int size, string after = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeUserId = call.Text(userId);
                NativeText nativeAfter = call.Text(after);
                orchestra_buffer sessions;
                orchestra_error* error;
                int status = NativeMethods.orchestra_chat_list_sessions(
                    call.Store, nativeUserId.Pointer, nativeUserId.Length,
                    nativeAfter.Pointer, nativeAfter.Length, checked((uint)size), &sessions, &error);
                return NativeCall.Result(status, &sessions, error);
            }
        }
    }
}
