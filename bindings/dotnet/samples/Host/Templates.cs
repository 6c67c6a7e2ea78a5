using System.Collections.Generic;
using Orchestra.Store;

/// <summary>Templates and their categories.</summary>
internal static class Templates
{
    internal static void Run(OrchestraStore store)
    {
        string category = Categories(store);
        string first = store.PublishTemplate(
            "{\"Name\":\"Check\",\"CategoryId\":\"" + category + "\",\"Definition\":{"
            + "\"steps\":[{\"command\":\"git switch {{branch}}\"},{\"command\":\"make test\"}],"
            + "\"parameters\":{\"branch\":{\"type\":\"string\",\"required\":true}}}}");
        string id = JsonText.Property(first, "Id");
        store.PublishTemplate("{\"Name\":\"Check\",\"Definition\":{\"steps\":[{\"command\":\"make\"}]}}");
        Check.Equal("1.1.0", JsonText.Property(store.GetActiveTemplate("Check"), "Version"), "the active version");
        Check.Equal("true", JsonText.Property(store.ActivateTemplate(id), "IsActive"), "the version before is active");
        Check.Equal("1.0.0", JsonText.Property(store.GetTemplate(id), "Version"), "the first version");
        Check.That(store.ListTemplates().Contains(id), "the template is among all");
        Check.Equal(1, JsonText.Elements(store.ListTemplates(category)).Count, "templates of the category");

        IList<string> tasks = JsonText.Elements(store.InstantiateTemplate(
            id, "{\"Parameters\":{\"branch\":\"main\"},\"RepositoryPath\":\"/src/templates\"}"));
        Check.Equal("git switch main", JsonText.Property(tasks[0], "Command"), "the command with its value");
        Check.Equal("1", JsonText.Property(tasks[1], "UnmetDependencies"), "the second step waits");
        Check.Fails(OrchestraErrorCode.InvalidArgument,
            () => store.InstantiateTemplate(id), "Column", "Parameters.branch");
        Check.Fails(OrchestraErrorCode.InvalidArgument, () => store.PublishTemplate("{\"Steps\":[]}"));
    }

    private static string Categories(OrchestraStore store)
    {
        string root = JsonText.Property(store.CreateCategory("{\"Name\":\"Development\"}"), "Id");
        string inner = JsonText.Property(store.CreateCategory("{\"Name\":\"Tests\"}"), "Id");
        string moved = store.MoveCategory(inner, root);
        Check.Equal(root, JsonText.Property(moved, "ParentCategoryId"), "where it is now");
        Check.Equal("Tests", JsonText.Property(store.GetCategory(inner), "Name"), "a category");
        IList<string> tree = JsonText.Elements(store.GetCategoryTree());
        Check.Equal("1", JsonText.Property(tree[1], "Depth"), "the depth of the inner one");
        Check.Equal(1, JsonText.Elements(store.GetCategoryTree(inner)).Count, "what is in the inner one");
        Check.Fails(OrchestraErrorCode.InvalidArgument, () => store.MoveCategory(root, inner));
        return inner;
    }
}
