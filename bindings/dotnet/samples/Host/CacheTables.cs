using Orchestra.Store;

/// <summary>What a host keeps in the database to save work: results of queries and computations, values of
/// sessions.</summary>
internal static class CacheTables
{
    internal static void Run(OrchestraStore store)
    {
        store.PutCachedQuery("{\"Key\":\"q\",\"Value\":[1],\"ValidFor\":\"01:00:00\",\"IsSliding\":true,\"Tags\":[\"t\"]}");
        Check.Equal("[1]", Value(store.GetCachedQuery("q")), "the result of a query");
        Check.Equal("[1]", Value(store.RenewCachedQuery("q")), "the result that is valid for longer");
        Check.Equal(0L, store.RemoveExpiredCachedQueries(9), "results that expired");
        Check.Equal(1L, store.InvalidateCachedQueries("t"), "results with the tag");
        Check.Equal(null, store.GetCachedQuery("q"), "no result any more");
        Check.That(!store.RemoveCachedQuery("q"), "there is none to remove");

        store.PutComputedResult("{\"Key\":\"c\",\"Value\":2,\"InputHash\":\"h\"}");
        Check.Equal("2", Value(store.GetComputedResult("c", "h")), "the result of a computation");
        Check.Equal(null, store.GetComputedResult("c", "other"), "no result of other inputs");
        Check.Equal(0L, store.RemoveExpiredComputedResults(9), "computations that expired");
        Check.Equal(0L, store.InvalidateComputedResults("t"), "computations with the tag");
        Check.That(store.RemoveComputedResult("c"), "there was one");

        store.PutSessionData("{\"SessionId\":\"s\",\"Key\":\"k\",\"Value\":\"größe\"}");
        Check.Equal("größe", Value(store.GetSessionData("s", "k")), "the value of a session");
        Check.Equal(1, JsonText.Elements(store.ListSessionData("s")).Count, "values of the session");
        Check.That(store.RemoveSessionData("s", "k"), "there was a value");
        Check.Equal(0L, store.RemoveAllSessionData("s"), "values that were left");
        Check.Equal(0L, store.InvalidateSessionData("t"), "values with the tag");
        Check.Equal(0L, store.RemoveExpiredSessionData(9), "values that expired");
        Check.Fails(OrchestraErrorCode.InvalidArgument,
            () => store.PutSessionData("{\"SessionId\":\"\",\"Key\":\"k\",\"Value\":1}"), "Column", "SessionId");
    }

    private static string Value(string row) => JsonText.Property(row, "Value");
}
