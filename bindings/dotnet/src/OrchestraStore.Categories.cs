namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Makes a category of templates.</summary>
        /// <param name="category">A JSON object: Name; optional Description, ParentCategoryId, SortOrder.</param>
        /// <returns>The category, with all columns of the table TemplateCategories.</returns>
        public string CreateCategory(string category) =>
            CallForText(category, NativeMethods.orchestra_category_create);

        /// <summary>Looks a category of templates up.</summary>
        /// <returns>A JSON object with all columns of the table TemplateCategories.</returns>
        public string GetCategory(string id) => CallForText(id, NativeMethods.orchestra_category_get);

        /// <summary>Moves a category with all that is in it into another one, or to the roots.</summary>
        /// <returns>The category.</returns>
        public string MoveCategory(string id, string parentId = null) =>
            CallForText(id, parentId, NativeMethods.orchestra_category_move);

        /// <summary>Lists a category and all that are in it, or the whole tree: each before what is in it, with
        /// its Depth.</summary>
        /// <returns>A JSON array of categories.</returns>
        public string GetCategoryTree(string rootId = null) =>
            CallForText(rootId, NativeMethods.orchestra_category_tree);
    }
}
