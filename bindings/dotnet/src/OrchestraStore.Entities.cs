namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Looks a row up. One that was deleted is not found.</summary>
        /// <returns>A JSON object with all columns of the table.</returns>
        public string Get(OrchestraEntity entity, string id) =>
            CallForText(id, (store, text, length, row, error) => NativeMethods.orchestra_entity_get(
                store, (int)entity, text, length, row, error));

        /// <summary>Finds the rows that a document describes.</summary>
        /// <param name="entity">The table.</param>
        /// <param name="document">A JSON object with any of where, orderBy, include, withDeleted, and page or
        /// after and limit, as docs/queries.md describes it; <c>null</c> for all rows.</param>
        /// <returns>A JSON object with the rows in Items, and what belongs to the paging: TotalCount,
        /// TotalPages, PageNumber and PageSize, or Next.</returns>
        public string Query(OrchestraEntity entity, string document = null) =>
            CallForText(document, (store, text, length, rows, error) => NativeMethods.orchestra_entity_query(
                store, (int)entity, text, length, rows, error));

        /// <summary>Counts the rows that a document describes, without include and paging.</summary>
        public long Count(OrchestraEntity entity, string document = null) =>
            CallForNumber(document, (store, text, length, count, error) => NativeMethods.orchestra_entity_count(
                store, (int)entity, text, length, count, error));

        /// <summary>Tells whether there is any row that a document describes.</summary>
        public bool Exists(OrchestraEntity entity, string document = null) =>
            CallForFlag(document, (store, text, length, exists, error) => NativeMethods.orchestra_entity_exists(
                store, (int)entity, text, length, exists, error));

        /// <summary>Makes one value of a column over all rows that a document describes.</summary>
        /// <returns>The value as JSON: <c>null</c> in letters where no row has one.</returns>
        public string Aggregate(
            OrchestraEntity entity, AggregateFunction function, string column, string document = null) =>
            CallForText(column, document,
                (store, nativeColumn, columnLength, nativeDocument, documentLength, value, error) =>
                    NativeMethods.orchestra_entity_aggregate(
                        store, (int)entity, (int)function, nativeColumn, columnLength, nativeDocument,
                        documentLength, value, error));

        /// <summary>Adds a row.</summary>
        /// <param name="entity">The table.</param>
        /// <param name="row">A JSON object with columns of the table; left out may be Id, what may be null or
        /// has a default, and what the store writes.</param>
        /// <returns>The row as it is then.</returns>
        public string Insert(OrchestraEntity entity, string row) =>
            CallForText(row, (store, text, length, inserted, error) => NativeMethods.orchestra_entity_insert(
                store, (int)entity, text, length, inserted, error));

        /// <summary>Adds rows in one transaction: all or none. The details of an error tell the Index of the
        /// row at fault.</summary>
        /// <param name="entity">The table.</param>
        /// <param name="rows">A JSON array of what <see cref="Insert"/> takes.</param>
        /// <returns>A JSON array of the rows in the same order.</returns>
        public string InsertMany(OrchestraEntity entity, string rows) =>
            CallForText(rows, (store, text, length, inserted, error) => NativeMethods.orchestra_entity_insert_many(
                store, (int)entity, text, length, inserted, error));

        /// <summary>Changes a row. Where RowVersion is given and somebody else changed the row since, that is
        /// <see cref="OrchestraErrorCode.Conflict"/>, with the row as it is now in Current of the
        /// details.</summary>
        /// <param name="entity">The table.</param>
        /// <param name="row">A JSON object with the Id and the columns to set.</param>
        /// <returns>The row as it is then.</returns>
        public string Update(OrchestraEntity entity, string row) =>
            CallForText(row, (store, text, length, updated, error) => NativeMethods.orchestra_entity_update(
                store, (int)entity, text, length, updated, error));

        /// <summary>Changes rows in one transaction: all or none. The details of an error tell the Index of
        /// the row at fault.</summary>
        /// <param name="entity">The table.</param>
        /// <param name="rows">A JSON array of what <see cref="Update"/> takes.</param>
        /// <returns>A JSON array of the rows in the same order.</returns>
        public string UpdateMany(OrchestraEntity entity, string rows) =>
            CallForText(rows, (store, text, length, updated, error) => NativeMethods.orchestra_entity_update_many(
                store, (int)entity, text, length, updated, error));

        /// <summary>Deletes a row: marks it as deleted where the table has IsDeleted, else for good.</summary>
        public void Delete(OrchestraEntity entity, string id) =>
            Call(id, (store, text, length, error) => NativeMethods.orchestra_entity_delete(
                store, (int)entity, text, length, error));

        /// <summary>Deletes rows in one transaction: all or none. The details of an error tell the Index of
        /// the id at fault.</summary>
        /// <param name="entity">The table.</param>
        /// <param name="ids">A JSON array of ids.</param>
        /// <returns>How many there were.</returns>
        public long DeleteMany(OrchestraEntity entity, string ids) =>
            CallForNumber(ids, (store, text, length, count, error) => NativeMethods.orchestra_entity_delete_many(
                store, (int)entity, text, length, count, error));

        /// <summary>Deletes a row for good, marked as deleted or not, with the rows that depend on it.</summary>
        public void HardDelete(OrchestraEntity entity, string id) =>
            Call(id, (store, text, length, error) => NativeMethods.orchestra_entity_hard_delete(
                store, (int)entity, text, length, error));

        /// <summary>Takes back that a row was marked as deleted.</summary>
        /// <returns>The row as it is then.</returns>
        public string Restore(OrchestraEntity entity, string id) =>
            CallForText(id, (store, text, length, restored, error) => NativeMethods.orchestra_entity_restore(
                store, (int)entity, text, length, restored, error));

        /// <summary>Sets columns of all rows that a document describes, in one transaction.</summary>
        /// <param name="entity">The table.</param>
        /// <param name="document">Which rows; <c>{}</c> for all.</param>
        /// <param name="changes">A JSON object with the columns to set.</param>
        /// <returns>How many rows this changed.</returns>
        public long BulkUpdate(OrchestraEntity entity, string document, string changes) =>
            CallForNumber(document, changes,
                (store, nativeDocument, documentLength, nativeChanges, changesLength, count, error) =>
                    NativeMethods.orchestra_entity_bulk_update(
                        store, (int)entity, nativeDocument, documentLength, nativeChanges, changesLength, count,
                        error));

        /// <summary>Deletes all rows that a document describes, in one transaction.</summary>
        /// <param name="entity">The table.</param>
        /// <param name="document">Which rows; <c>{}</c> for all.</param>
        /// <returns>How many there were.</returns>
        public long BulkDelete(OrchestraEntity entity, string document) =>
            CallForNumber(document, (store, text, length, count, error) =>
                NativeMethods.orchestra_entity_bulk_delete(store, (int)entity, text, length, count, error));
    }
}
