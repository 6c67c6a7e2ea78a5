namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Makes a category of templates.</summary>
        /// <param name="category">A JSON object: Name; optional Description, ParentCategoryId, SortOrder.</param>
        /// <returns>The category, with all columns of the table TemplateCategories.</returns>
        public string CreateCategory(string category)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeCategory = call.Text(category);
                orchestra_buffer created;
                orchestra_error* error;
                int status = NativeMethods.orchestra_category_create(
                    call.Store, nativeCategory.Pointer, nativeCategory.Length, &created, &error);
                return NativeCall.Result(status, &created, error);
            }
        }

        /// <summary>Looks a category of templates up.</summary>
        /// <returns>A JSON object with all columns of the table TemplateCategories.</returns>
        public string GetCategory(string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer category;
                orchestra_error* error;
                int status = NativeMethods.orchestra_category_get(
                    call.Store, nativeId.Pointer, nativeId.Length, &category, &error);
                return NativeCall.Result(status, &category, error);
            }
        }

        /// <summary>Moves a category with all that is in it into another one, or to the roots.</summary>
        /// <returns>The category.</returns>
        public string MoveCategory(string id, string parentId = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                NativeText nativeParentId = call.Text(parentId);
                orchestra_buffer category;
                orchestra_error* error;
                int status = NativeMethods.orchestra_category_move(
                    call.Store, nativeId.Pointer, nativeId.Length, nativeParentId.Pointer, nativeParentId.Length,
                    &category, &error);
                return NativeCall.Result(status, &category, error);
            }
        }

        /// <summary>Lists a category and all that are in it, or the whole tree: each before what is in it, with
        /// its Depth.</summary>
        /// <returns>A JSON array of categories.</returns>
        public string GetCategoryTree(string rootId = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeRootId = call.Text(rootId);
                orchestra_buffer categories;
                orchestra_error* error;
                int status = NativeMethods.orchestra_category_tree(
                    call.Store, nativeRootId.Pointer, nativeRootId.Length, &categories, &error);
                return NativeCall.Result(status, &categories, error);
            }
        }
    }
}
