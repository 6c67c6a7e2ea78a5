namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Keeps a value for a session of the host under a key, in place of the one that it
        /// had.</summary>
        /// <param name="entry">A JSON object: SessionId, Key, Value; optional ValidFor, Tags.</param>
        /// <returns>What <see cref="GetSessionData"/> gives.</returns>
        public string PutSessionData(string entry)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeEntry = call.Text(entry);
                orchestra_buffer row;
                orchestra_error* error;
                int status = NativeMethods.orchestra_session_data_put(
                    call.Store, nativeEntry.Pointer, nativeEntry.Length, &row, &error);
                return NativeCall.Result(status, &row, error);
            }
        }

        /// <summary>Looks the value of a session's key up.</summary>
        /// <returns>A JSON object with all columns of the table SessionData; <c>null</c> where there is none
        /// or it has expired.</returns>
        public string GetSessionData(string sessionId, string key)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeSessionId = call.Text(sessionId);
                NativeText nativeKey = call.Text(key);
                orchestra_buffer entry;
                orchestra_error* error;
                int status = NativeMethods.orchestra_session_data_get(
                    call.Store, nativeSessionId.Pointer, nativeSessionId.Length,
                    nativeKey.Pointer, nativeKey.Length, &entry, &error);
                return NativeCall.OptionalResult(status, &entry, error);
            }
        }

        /// <summary>Lists all values of a session that have not expired, by key.</summary>
        /// <returns>A JSON array of what <see cref="GetSessionData"/> gives.</returns>
        public string ListSessionData(string sessionId)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeSessionId = call.Text(sessionId);
                orchestra_buffer entries;
                orchestra_error* error;
                int status = NativeMethods.orchestra_session_data_list(
                    call.Store, nativeSessionId.Pointer, nativeSessionId.Length, &entries, &error);
                return NativeCall.Result(status, &entries, error);
            }
        }

        /// <summary>Removes the value of a session's key.</summary>
        /// <returns>Whether there was one.</returns>
        public bool RemoveSessionData(string sessionId, string key)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeSessionId = call.Text(sessionId);
                NativeText nativeKey = call.Text(key);
                int removed;
                orchestra_error* error;
                int status = NativeMethods.orchestra_session_data_remove(
                    call.Store, nativeSessionId.Pointer, nativeSessionId.Length,
                    nativeKey.Pointer, nativeKey.Length, &removed, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return removed != 0;
            }
        }

        /// <summary>Removes all values of a session.</summary>
        /// <returns>How many these were.</returns>
        public long RemoveAllSessionData(string sessionId)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeSessionId = call.Text(sessionId);
                long count;
                orchestra_error* error;
                int status = NativeMethods.orchestra_session_data_remove_session(
                    call.Store, nativeSessionId.Pointer, nativeSessionId.Length, &count, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return count;
            }
        }

        /// <summary>Removes the values of sessions that have a tag.</summary>
        /// <returns>How many these were.</returns>
        public long InvalidateSessionData(string tag)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeTag = call.Text(tag);
                long count;
                orchestra_error* error;
                int status = NativeMethods.orchestra_session_data_invalidate_tag(
                    call.Store, nativeTag.Pointer, nativeTag.Length, &count, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return count;
            }
        }

        /// <summary>Removes values of sessions that have expired; a host calls it now and then.</summary>
        /// <param name="limit">How many at most.</param>
        /// <returns>How many these were.</returns>
        public long RemoveExpiredSessionData(int limit)
        {
            using (var call = new NativeCall(_handle))
            {
                long count;
                orchestra_error* error;
                int status = NativeMethods.orchestra_session_data_remove_expired(
                    call.Store, checked((uint)limit), &count, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return count;
            }
        }
    }
}
