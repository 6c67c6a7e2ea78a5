namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Looks a row up. One that was deleted is not found.</summary>
        /// <returns>A JSON object with all columns of the table.</returns>
        public string Get(OrchestraEntity entity, string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer row;
                orchestra_error* error;
                int status = NativeMethods.orchestra_entity_get(
                    call.Store, (int)entity, nativeId.Pointer, nativeId.Length, &row, &error);
                return NativeCall.Result(status, &row, error);
            }
        }

        /// <summary>Finds the rows that a document describes.</summary>
        /// <param name="entity">The table.</param>
        /// <param name="document">A JSON object with any of where, orderBy, include, withDeleted, and page or
        /// after and limit, as docs/queries.md describes it; <c>null</c> for all rows.</param>
        /// <returns>A JSON object with the rows in Items, and what belongs to the paging: TotalCount,
        /// TotalPages, PageNumber and PageSize, or Next.</returns>
        public string Query(OrchestraEntity entity, string document = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeDocument = call.Text(document);
                orchestra_buffer rows;
                orchestra_error* error;
                int status = NativeMethods.orchestra_entity_query(
                    call.Store, (int)entity, nativeDocument.Pointer, nativeDocument.Length, &rows, &error);
                return NativeCall.Result(status, &rows, error);
            }
        }

        /// <summary>Counts the rows that a document describes, without include and paging.</summary>
        public long Count(OrchestraEntity entity, string document = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeDocument = call.Text(document);
                long count;
                orchestra_error* error;
                int status = NativeMethods.orchestra_entity_count(
                    call.Store, (int)entity, nativeDocument.Pointer, nativeDocument.Length, &count, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return count;
            }
        }

        /// <summary>Tells whether there is any row that a document describes.</summary>
        public bool Exists(OrchestraEntity entity, string document = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeDocument = call.Text(document);
                int exists;
                orchestra_error* error;
                int status = NativeMethods.orchestra_entity_exists(
                    call.Store, (int)entity, nativeDocument.Pointer, nativeDocument.Length, &exists, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return exists != 0;
            }
        }

        /// <summary>Makes one value of a column over all rows that a document describes.</summary>
        /// <returns>The value as JSON: <c>null</c> in letters where no row has one.</returns>
        public string Aggregate(
            OrchestraEntity entity, AggregateFunction function, string column, string document = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeColumn = call.Text(column);
                NativeText nativeDocument = call.Text(document);
                orchestra_buffer value;
                orchestra_error* error;
                int status = NativeMethods.orchestra_entity_aggregate(
                    call.Store, (int)entity, (int)function, nativeColumn.Pointer, nativeColumn.Length,
                    nativeDocument.Pointer, nativeDocument.Length, &value, &error);
                return NativeCall.Result(status, &value, error);
            }
        }

        /// <summary>Adds a row.</summary>
        /// <param name="entity">The table.</param>
        /// <param name="row">A JSON object with columns of the table; left out may be Id, what may be null or
        /// has a default, and what the store writes.</param>
        /// <returns>The row as it is then.</returns>
        public string Insert(OrchestraEntity entity, string row)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeRow = call.Text(row);
                orchestra_buffer inserted;
                orchestra_error* error;
                int status = NativeMethods.orchestra_entity_insert(
                    call.Store, (int)entity, nativeRow.Pointer, nativeRow.Length, &inserted, &error);
                return NativeCall.Result(status, &inserted, error);
            }
        }

        /// <summary>Adds rows in one transaction: all or none. The details of an error tell the Index of the
        /// row at fault.</summary>
        /// <param name="entity">The table.</param>
        /// <param name="rows">A JSON array of what <see cref="Insert"/> takes.</param>
        /// <returns>A JSON array of the rows in the same order.</returns>
        public string InsertMany(OrchestraEntity entity, string rows)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeRows = call.Text(rows);
                orchestra_buffer inserted;
                orchestra_error* error;
                int status = NativeMethods.orchestra_entity_insert_many(
                    call.Store, (int)entity, nativeRows.Pointer, nativeRows.Length, &inserted, &error);
                return NativeCall.Result(status, &inserted, error);
            }
        }

        /// <summary>Changes a row. Where RowVersion is given and somebody else changed the row since, that is
        /// <see cref="OrchestraErrorCode.Conflict"/>, with the row as it is now in Current of the
        /// details.</summary>
        /// <param name="entity">The table.</param>
        /// <param name="row">A JSON object with the Id and the columns to set.</param>
        /// <returns>The row as it is then.</returns>
        public string Update(OrchestraEntity entity, string row)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeRow = call.Text(row);
                orchestra_buffer updated;
                orchestra_error* error;
                int status = NativeMethods.orchestra_entity_update(
                    call.Store, (int)entity, nativeRow.Pointer, nativeRow.Length, &updated, &error);
                return NativeCall.Result(status, &updated, error);
            }
        }

        /// <summary>Changes rows in one transaction: all or none. The details of an error tell the Index of
        /// the row at fault.</summary>
        /// <param name="entity">The table.</param>
        /// <param name="rows">A JSON array of what <see cref="Update"/> takes.</param>
        /// <returns>A JSON array of the rows in the same order.</returns>
        public string UpdateMany(OrchestraEntity entity, string rows)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeRows = call.Text(rows);
                orchestra_buffer updated;
                orchestra_error* error;
                int status = NativeMethods.orchestra_entity_update_many(
                    call.Store, (int)entity, nativeRows.Pointer, nativeRows.Length, &updated, &error);
                return NativeCall.Result(status, &updated, error);
            }
        }

        /// <summary>Deletes a row: marks it as deleted where the table has IsDeleted, else for good.</summary>
        public void Delete(OrchestraEntity entity, string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_error* error;
                int status = NativeMethods.orchestra_entity_delete(
                    call.Store, (int)entity, nativeId.Pointer, nativeId.Length, &error);
                OrchestraException.ThrowIfFailed(status, error);
            }
        }

        /// <summary>Deletes rows in one transaction: all or none. The details of an error tell the Index of
        /// the id at fault.</summary>
        /// <param name="entity">The table.</param>
        /// <param name="ids">A JSON array of ids.</param>
        /// <returns>How many there were.</returns>
        public long DeleteMany(OrchestraEntity entity, string ids)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeIds = call.Text(ids);
                long count;
                orchestra_error* error;
                int status = NativeMethods.orchestra_entity_delete_many(
                    call.Store, (int)entity, nativeIds.Pointer, nativeIds.Length, &count, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return count;
            }
        }

        /// <summary>Deletes a row for good, marked as deleted or not, with the rows that depend on it.</summary>
        public void HardDelete(OrchestraEntity entity, string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_error* error;
                int status = NativeMethods.orchestra_entity_hard_delete(
                    call.Store, (int)entity, nativeId.Pointer, nativeId.Length, &error);
                OrchestraException.ThrowIfFailed(status, error);
            }
        }

        /// <summary>Takes back that a row was marked as deleted.</summary>
        /// <returns>The row as it is then.</returns>
        public string Restore(OrchestraEntity entity, string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer restored;
                orchestra_error* error;
                int status = NativeMethods.orchestra_entity_restore(
                    call.Store, (int)entity, nativeId.Pointer, nativeId.Length, &restored, &error);
                return NativeCall.Result(status, &restored, error);
            }
        }

        /// <summary>Sets columns of all rows that a document describes, in one transaction.</summary>
        /// <param name="entity">The table.</param>
        /// <param name="document">Which rows; <c>{}</c> for all.</param>
        /// <param name="changes">A JSON object with the columns to set.</param>
        /// <returns>How many rows this changed.</returns>
        public long BulkUpdate(OrchestraEntity entity, string document, string changes)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeDocument = call.Text(document);
                NativeText nativeChanges = call.Text(changes);
                long count;
                orchestra_error* error;
                int status = NativeMethods.orchestra_entity_bulk_update(
                    call.Store, (int)entity, nativeDocument.Pointer, nativeDocument.Length,
                    nativeChanges.Pointer, nativeChanges.Length, &count, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return count;
            }
        }

        /// <summary>Deletes all rows that a document describes, in one transaction.</summary>
        /// <param name="entity">The table.</param>
        /// <param name="document">Which rows; <c>{}</c> for all.</param>
        /// <returns>How many there were.</returns>
        public long BulkDelete(OrchestraEntity entity, string document)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeDocument = call.Text(document);
                long count;
                orchestra_error* error;
                int status = NativeMethods.orchestra_entity_bulk_delete(
                    call.Store, (int)entity, nativeDocument.Pointer, nativeDocument.Length, &count, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return count;
            }
        }
    }
}
