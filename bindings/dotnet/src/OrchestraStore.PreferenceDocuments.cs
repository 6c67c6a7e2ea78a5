namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Gives the preferences of the acting user as a document. Sealed values are never exported
        /// in clear.</summary>
        /// <param name="withDefault">Whether those of everyone are in it too.</param>
        /// <param name="keepSealed">Whether sealed values are exported as they are stored, and not left
        /// out.</param>
        /// <returns>A JSON object: Document, which <see cref="ImportPreferences"/> takes, and LeftOut, how
        /// many sealed preferences are not in it.</returns>
        public string ExportPreferences(bool withDefault, bool keepSealed = false) =>
            CallForText((store, exported, error) => NativeMethods.orchestra_preference_export(
                store, withDefault ? 1 : 0, keepSealed ? 1 : 0, exported, error));

        /// <summary>Sets all preferences of a document, or none if any can't be taken.</summary>
        /// <param name="document">A JSON object: Version and Preferences, as <see cref="ExportPreferences"/>
        /// gives it.</param>
        /// <returns>A JSON object: Imported, Unchanged, and Refused. Where Refused is not empty, nothing was
        /// written.</returns>
        public string ImportPreferences(string document) =>
            CallForText(document, NativeMethods.orchestra_preference_import);

        /// <summary>Seals values of all users with the current key that are sealed with another one; a host
        /// calls it until it seals none.</summary>
        /// <param name="limit">How many at most, 1 to 10000.</param>
        /// <param name="failed">How many could not be opened, and stayed as they were.</param>
        /// <param name="remaining">How many are not sealed with the current key yet.</param>
        /// <returns>How many values were sealed anew.</returns>
        public long RekeyPreferences(int limit, out long failed, out long remaining)
        {
            using (var call = new NativeCall(_handle))
            {
                long resealed;
                long notOpened;
                long left;
                orchestra_error* error;
                int status = NativeMethods.orchestra_preference_rekey(
                    call.Store, checked((uint)limit), &resealed, &notOpened, &left, &error);
                OrchestraException.ThrowIfFailed(status, error);
                failed = notOpened;
                remaining = left;
                return resealed;
            }
        }
    }
}
