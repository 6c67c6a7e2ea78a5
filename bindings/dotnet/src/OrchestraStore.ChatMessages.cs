namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Adds a message to a session, as one that is not sent yet.</summary>
        /// <param name="message">A JSON object: SessionId, MessageType (User, System, Agent), Content;
        /// optional FormattedContent, AgentId, UserId, Attachments, ThreadId, ParentMessageId, LinkedTaskId,
        /// WorkflowExecutionId, ModelVersion, TokenCount, ProcessingTime.</param>
        /// <returns>The message.</returns>
        public string AppendChatMessage(string message) =>
            CallForText(message, NativeMethods.orchestra_chat_append_message);

        /// <summary>Looks a message up.</summary>
        /// <returns>A JSON object with all columns of the table ChatMessages.</returns>
        public string GetChatMessage(string id) => CallForText(id, NativeMethods.orchestra_chat_get_message);

        /// <summary>Lists messages of a session, the newest first.</summary>
        /// <param name="size">How many, 1 to 1000.</param>
        /// <param name="filter">A JSON object with any of ThreadId, ParentMessageId, DeliveryStatus, From,
        /// To; <c>null</c> for all messages.</param>
        /// <param name="after"><c>null</c> for the newest ones, and then the Next of the answer
        /// before.</param>
        /// <returns>A JSON object: Items, an array of messages, and Next, where the older ones
        /// begin.</returns>
        public string ListChatMessages(string sessionId, int size, string filter = null, string after = null) =>
            CallForText(sessionId, filter, after,
                (store, nativeSessionId, sessionIdLength, nativeFilter, filterLength, nativeAfter, afterLength,
                 messages, error) =>
                    NativeMethods.orchestra_chat_list_messages(
                        store, nativeSessionId, sessionIdLength, nativeFilter, filterLength, nativeAfter,
                        afterLength, checked((uint)size), messages, error));

        /// <summary>Changes what a message says, and keeps what it said before.</summary>
        /// <param name="edit">A JSON object: Content; optional FormattedContent, Reason.</param>
        /// <returns>The message.</returns>
        public string EditChatMessage(string id, string edit) =>
            CallForText(id, edit, NativeMethods.orchestra_chat_edit_message);

        /// <summary>Lists the edits of a message, the oldest first.</summary>
        /// <returns>A JSON array of EditedAt, EditedBy, Reason, PreviousContent.</returns>
        public string GetChatMessageEdits(string id) => CallForText(id, NativeMethods.orchestra_chat_edit_history);

        /// <summary>Moves a message on: from pending to sent, delivered and read, or from pending or sent to
        /// failed.</summary>
        /// <returns>The message.</returns>
        public string SetChatDeliveryStatus(string id, DeliveryStatus deliveryStatus) =>
            CallForText(id, (store, text, length, message, error) =>
                NativeMethods.orchestra_chat_set_delivery_status(
                    store, text, length, (int)deliveryStatus, message, error));

        /// <summary>Notes that a person or a program took note of a message that reached it.</summary>
        /// <returns>The message.</returns>
        public string AcknowledgeChatMessage(string id) =>
            CallForText(id, NativeMethods.orchestra_chat_acknowledge_message);
    }
}
