namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Adds a message to a session, as one that is not sent yet.</summary>
        /// <param name="message">A JSON object: SessionId, MessageType (User, System, Agent), Content;
        /// optional FormattedContent, AgentId, UserId, Attachments, ThreadId, ParentMessageId, LinkedTaskId,
        /// WorkflowExecutionId, ModelVersion, TokenCount, ProcessingTime.</param>
        /// <returns>The message.</returns>
        public string AppendChatMessage(string message)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeMessage = call.Text(message);
                orchestra_buffer appended;
                orchestra_error* error;
                int status = NativeMethods.orchestra_chat_append_message(
                    call.Store, nativeMessage.Pointer, nativeMessage.Length, &appended, &error);
                return NativeCall.Result(status, &appended, error);
            }
        }

        /// <summary>Looks a message up.</summary>
        /// <returns>A JSON object with all columns of the table ChatMessages.</returns>
        public string GetChatMessage(string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer message;
                orchestra_error* error;
                int status = NativeMethods.orchestra_chat_get_message(
                    call.Store, nativeId.Pointer, nativeId.Length, &message, &error);
                return NativeCall.Result(status, &message, error);
            }
        }

        /// <summary>Lists messages of a session, the newest first.</summary>
        /// <param name="size">How many, 1 to 1000.</param>
        /// <param name="filter">A JSON object with any of ThreadId, ParentMessageId, DeliveryStatus, From,
        /// To; <c>null</c> for all messages.</param>
        /// <param name="after"><c>null</c> for the newest ones, and then the Next of the answer
        /// before.</param>
        /// <returns>A JSON object: Items, an array of messages, and Next, where the older ones
        /// begin.</returns>
        public string ListChatMessages(string sessionId, int size, string filter = null, string after = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeSessionId = call.Text(sessionId);
                NativeText nativeFilter = call.Text(filter);
                NativeText nativeAfter = call.Text(after);
                orchestra_buffer messages;
                orchestra_error* error;
                int status = NativeMethods.orchestra_chat_list_messages(
                    call.Store, nativeSessionId.Pointer, nativeSessionId.Length,
                    nativeFilter.Pointer, nativeFilter.Length, nativeAfter.Pointer, nativeAfter.Length,
                    checked((uint)size), &messages, &error);
                return NativeCall.Result(status, &messages, error);
            }
        }

        /// <summary>Changes what a message says, and keeps what it said before.</summary>
        /// <param name="edit">A JSON object: Content; optional FormattedContent, Reason.</param>
        /// <returns>The message.</returns>
        public string EditChatMessage(string id, string edit)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                NativeText nativeEdit = call.Text(edit);
                orchestra_buffer message;
                orchestra_error* error;
                int status = NativeMethods.orchestra_chat_edit_message(
                    call.Store, nativeId.Pointer, nativeId.Length, nativeEdit.Pointer, nativeEdit.Length,
                    &message, &error);
                return NativeCall.Result(status, &message, error);
            }
        }

        /// <summary>Lists the edits of a message, the oldest first.</summary>
        /// <returns>A JSON array of EditedAt, EditedBy, Reason, PreviousContent.</returns>
        public string GetChatMessageEdits(string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer edits;
                orchestra_error* error;
                int status = NativeMethods.orchestra_chat_edit_history(
                    call.Store, nativeId.Pointer, nativeId.Length, &edits, &error);
                return NativeCall.Result(status, &edits, error);
            }
        }

        /// <summary>Moves a message on: from pending to sent, delivered and read, or from pending or sent to
        /// failed.</summary>
        /// <returns>The message.</returns>
        public string SetChatDeliveryStatus(string id, DeliveryStatus deliveryStatus)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer message;
                orchestra_error* error;
                int status = NativeMethods.orchestra_chat_set_delivery_status(
                    call.Store, nativeId.Pointer, nativeId.Length, (int)deliveryStatus, &message, &error);
                return NativeCall.Result(status, &message, error);
            }
        }
    }
}
