using Orchestra.Store;

/// <summary>Chat: sessions, messages, edits, delivery, search, retention.</summary>
internal static class Chat
{
    internal static void Run(OrchestraStore store)
    {
        string session = JsonText.Property(store.GetOrCreateChatSession("ann", "host", "First"), "Id");
        Check.Equal("New", JsonText.Property(store.RenameChatSession(session, "New"), "Title"), "the title");
        Check.Equal("New", JsonText.Property(store.GetChatSession(session), "Title"), "the title afterwards");
        Check.Equal(null, JsonText.Property(store.ListChatSessions("ann", 9), "Next"), "no more sessions");

        string first = Append(store, session, "Where is the bug?");
        Append(store, session, "In the parser.");
        string newest = store.ListChatMessages(session, 1);
        string older = store.ListChatMessages(session, 1, null, JsonText.Property(newest, "Next"));
        Check.Equal(first, JsonText.Property(JsonText.Elements(JsonText.Property(older, "Items"))[0], "Id"), "the older one");

        store.EditChatMessage(first, "{\"Content\":\"Where are they?\"}");
        Check.Equal("true", JsonText.Property(store.GetChatMessage(first), "IsEdited"), "a message that was edited");
        Check.Equal(1, JsonText.Elements(store.GetChatMessageEdits(first)).Count, "edits");
        string sent = store.SetChatDeliveryStatus(first, DeliveryStatus.Sent);
        Check.Equal("Sent", JsonText.Property(sent, "DeliveryStatus"), "how far it came");
        Check.Fails(OrchestraErrorCode.InvalidTransition, () => store.SetChatDeliveryStatus(first, DeliveryStatus.Read), "From", "Sent");

        Check.Equal(1, JsonText.Elements(store.SearchChat("{\"Text\":\"parser\"}", 9)).Count, "messages with the word");
        const string Retention = "{\"NewestPerSession\":1}";
        Check.Equal(1L, store.CountExpiredChatMessages(Retention), "messages to remove");
        Check.Equal(1L, store.RemoveExpiredChatMessages(Retention, 9), "messages that were removed");
        Check.Fails(OrchestraErrorCode.NotFound, () => store.GetChatMessage(first), "Id", first);
    }

    private static string Append(OrchestraStore store, string session, string text)
    {
        string message = store.AppendChatMessage(
            "{\"SessionId\":\"" + session + "\",\"MessageType\":\"User\",\"Content\":\"" + text + "\"}");
        return JsonText.Property(message, "Id");
    }
}
