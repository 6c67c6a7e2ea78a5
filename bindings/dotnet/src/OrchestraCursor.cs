using System;
using System.Runtime.InteropServices;

namespace Orchestra.Store
{
    /// <summary>The rows of a query, one after the other, for one thread at a time. It keeps a
    /// connection busy until it is disposed.</summary>
    public sealed unsafe class OrchestraCursor : IDisposable
    {
        private readonly CursorHandle _handle;

        private delegate int NumberFunction(
            orchestra_cursor* cursor, uint column, int* value, orchestra_error** error);

        private delegate int BytesFunction(
            orchestra_cursor* cursor, uint column, byte** value, UIntPtr* length, orchestra_error** error);

        private delegate T Decoder<T>(byte* value, UIntPtr length);

        internal OrchestraCursor(orchestra_cursor* cursor) => _handle = new CursorHandle(cursor);

        /// <summary>How many columns the rows have.</summary>
        public int ColumnCount
        {
            get
            {
                using (var use = new HandleUse(_handle))
                {
                    uint count;
                    orchestra_error* error;
                    int status = NativeMethods.orchestra_cursor_column_count(Cursor(use), &count, &error);
                    OrchestraException.ThrowIfFailed(status, error);
                    return checked((int)count);
                }
            }
        }

        /// <summary>The name of a column, from 0.</summary>
        public string GetName(int column) => Bytes(column, NativeMethods.orchestra_cursor_column_name, NativeText.Read);

        /// <summary>Goes to the next row; <c>false</c> behind the last one.</summary>
        public bool Read()
        {
            using (var use = new HandleUse(_handle))
            {
                int hasRow;
                orchestra_error* error;
                int status = NativeMethods.orchestra_cursor_next(Cursor(use), &hasRow, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return hasRow != 0;
            }
        }

        /// <summary>What a value of this row is.</summary>
        public CursorValueType GetValueType(int column) =>
            (CursorValueType)Number(column, NativeMethods.orchestra_cursor_type);

        /// <summary>Whether a value of this row is none.</summary>
        public bool IsNull(int column) => Number(column, NativeMethods.orchestra_cursor_is_null) != 0;

        /// <summary>A whole number of this row; 0 for none.</summary>
        public long GetInt64(int column)
        {
            using (var use = new HandleUse(_handle))
            {
                long value;
                orchestra_error* error;
                int status = NativeMethods.orchestra_cursor_int64(
                    Cursor(use), checked((uint)column), &value, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return value;
            }
        }

        /// <summary>A number of this row; 0 for none.</summary>
        public double GetDouble(int column)
        {
            using (var use = new HandleUse(_handle))
            {
                double value;
                orchestra_error* error;
                int status = NativeMethods.orchestra_cursor_double(
                    Cursor(use), checked((uint)column), &value, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return value;
            }
        }

        /// <summary>A text of this row; <c>null</c> for none.</summary>
        public string GetString(int column) =>
            Bytes(column, NativeMethods.orchestra_cursor_text, (value, length) =>
                value == null ? null : NativeText.Read(value, length));

        /// <summary>The bytes of this row; <c>null</c> for none.</summary>
        public byte[] GetBytes(int column) => Bytes(column, NativeMethods.orchestra_cursor_blob, Copy);

        /// <summary>Ends the query.</summary>
        public void Dispose() => _handle.Dispose();

        private int Number(int column, NumberFunction function)
        {
            using (var use = new HandleUse(_handle))
            {
                int value;
                orchestra_error* error;
                int status = function(Cursor(use), checked((uint)column), &value, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return value;
            }
        }

        private T Bytes<T>(int column, BytesFunction function, Decoder<T> decode)
        {
            using (var use = new HandleUse(_handle))
            {
                byte* value;
                UIntPtr length;
                orchestra_error* error;
                int status = function(Cursor(use), checked((uint)column), &value, &length, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return decode(value, length);
            }
        }

        private static byte[] Copy(byte* value, UIntPtr length)
        {
            if (value == null)
            {
                return null;
            }
            var bytes = new byte[checked((int)length)];
            Marshal.Copy((IntPtr)value, bytes, 0, bytes.Length);
            return bytes;
        }

        private static orchestra_cursor* Cursor(HandleUse use) => (orchestra_cursor*)use.Pointer;
    }

    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Opens a cursor over the rows of an entity, all of one moment.</summary>
        /// <param name="entity">Which rows.</param>
        /// <param name="specification">A JSON object with any of where, orderBy, withDeleted;
        /// <c>null</c> for all rows.</param>
        public OrchestraCursor OpenCursor(OrchestraEntity entity, string specification = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText native = call.Text(specification);
                orchestra_cursor* cursor;
                orchestra_error* error;
                int status = NativeMethods.orchestra_entity_open_cursor(
                    call.Store, (int)entity, native.Pointer, native.Length, &cursor, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return new OrchestraCursor(cursor);
            }
        }

        /// <summary>Opens a cursor over the rows of a query in SQL, which can only read.</summary>
        /// <param name="sql">One statement.</param>
        /// <param name="parameters">A JSON array with a value for each <c>?</c>; <c>null</c> for
        /// none.</param>
        public OrchestraCursor OpenSqlCursor(string sql, string parameters = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeSql = call.Text(sql);
                NativeText nativeParameters = call.Text(parameters);
                orchestra_cursor* cursor;
                orchestra_error* error;
                int status = NativeMethods.orchestra_sql_open_cursor(
                    call.Store, nativeSql.Pointer, nativeSql.Length,
                    nativeParameters.Pointer, nativeParameters.Length, 0, &cursor, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return new OrchestraCursor(cursor);
            }
        }

        /// <summary>Runs one query in SQL, which can only read, for looking into the database.</summary>
        /// <returns>A JSON object with Columns, Rows (at most 1000) and Truncated.</returns>
        public string QuerySql(string sql, string parameters = null) =>
            CallForText(sql, parameters,
                (store, nativeSql, sqlLength, nativeParameters, parametersLength, answer, error) =>
                    NativeMethods.orchestra_sql_query(
                        store, nativeSql, sqlLength, nativeParameters, parametersLength, 0, 0, answer, error));
    }
}
