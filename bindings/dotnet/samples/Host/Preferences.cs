using Orchestra.Store;

/// <summary>Preferences: setting, which one holds, values as what they are, documents.</summary>
internal static class Preferences
{
    internal static void Run(OrchestraStore store)
    {
        string everyone = store.SetPreference("{\"Key\":\"retries\",\"Value\":\"3\",\"Scope\":{\"IsDefault\":true}}");
        store.SetPreference("{\"Key\":\"retries\",\"Value\":\"5\"}");
        Check.Equal("5", Value(store.GetPreference("retries")), "the user's own");
        Check.Equal(null, store.GetPreference("none"), "no preference");
        Check.Equal("3", Value(store.OpenPreference(JsonText.Property(everyone, "Id"))), "that of everyone");
        Check.Equal("5", Value(store.ResolvePreference("retries")), "the one that holds");
        Check.That(store.ListEffectivePreferences().Contains("\"retries\""), "it is listed");

        Check.Equal("5", store.ResolvePreferenceText("retries"), "as text");
        Check.Equal(5L, store.ResolvePreferenceInt64("retries"), "as a whole number");
        Check.Equal(5.0, store.ResolvePreferenceDouble("retries"), "as a number");
        Check.Equal(null, store.ResolvePreferenceText("none"), "no text");
        Check.Equal(null, store.ResolvePreferenceBool("none"), "no flag");
        Check.Fails(OrchestraErrorCode.InvalidArgument, () => store.ResolvePreferenceBool("retries"), "Column", "Value");

        string exported = store.ExportPreferences(true, true);
        Check.Equal("0", JsonText.Property(exported, "LeftOut"), "preferences that were left out");
        string imported = store.ImportPreferences(JsonText.Property(exported, "Document"));
        Check.Equal("0", JsonText.Property(imported, "Imported"), "what was exported is there already");
        Check.That(store.RemovePreference("retries"), "there was one");
        Check.That(!store.RemovePreference("retries"), "there is none any more");
        long failed, remaining;
        Check.Fails(OrchestraErrorCode.EncryptionFailed, () => store.RekeyPreferences(9, out failed, out remaining));
    }

    private static string Value(string preference) => JsonText.Property(preference, "Value");
}
