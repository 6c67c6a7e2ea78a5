using System;
using Orchestra.Store;

/// <summary>Repositories: known by path, with rules and figures.</summary>
internal static class Repositories
{
    internal static void Run(OrchestraStore store)
    {
        string id = JsonText.Property(store.RegisterRepository("/srv/größe/"), "Id");
        Check.Equal("/srv/größe", JsonText.Property(store.GetRepository(id), "Path"), "the path of the repository");
        Check.Equal(id, JsonText.Property(store.GetRepositoryByPath("/srv/größe"), "Id"), "the repository of the path");
        Check.Equal(null, store.GetRepositoryByPath("/srv/other"), "no repository at another path");
        Check.Equal("false", JsonText.Property(store.DeactivateRepository(id), "IsActive"), "one that is not in use");
        store.RegisterRepository("/srv/größe");
        store.NoteRepositoryAccess(id);
        Check.Equal(1, JsonText.Elements(store.ListRepositories()).Count, "repositories");
        Check.Equal(1, JsonText.Elements(store.ListMostUsedRepositories(5)).Count, "active repositories");

        string kept = store.SetRepositorySettings(id, "{\"k\":[1]}");
        Check.Equal("{\"k\":[1]}", JsonText.Property(kept, "SettingsJson"), "what is kept with it");
        string shared = store.SetRepositoryAccessLevel(id, AccessLevel.Team);
        Check.Equal("Team", JsonText.Property(shared, "AccessLevel"), "who may see it");
        Check.That(store.IsAllowedInRepository(id, "push"), "all is allowed at first");
        store.SetRepositoryAllowedOperations(id, "[\"read\"]");
        Check.That(!store.IsAllowedInRepository(id, "push"), "what is not listed is not allowed");

        string statistics = store.GetRepositoryStatistics(id);
        Check.Equal("0", JsonText.Property(statistics, "Total"), "tasks of the repository");
        Check.Equal(0L, store.UpdateRepositoryRatings(TimeSpan.FromDays(7)), "ratings without tasks");
        Check.Equal("[]", JsonText.Property(store.RecountRepository(id), "Differences"), "counters that were wrong");
        Check.Fails(OrchestraErrorCode.NotFound, () => store.RecountRepository("none"), "Id", "none");
        Check.Fails(OrchestraErrorCode.InvalidArgument, () => store.SetRepositoryAccessLevel(id, (AccessLevel)9), "Column", "level");
    }
}
