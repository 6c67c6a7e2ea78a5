using System;

namespace Orchestra.Store
{
    // A function of the library takes the store, its texts (each an address and a length), a place for its
    // result and a place for its error. One that takes more, or in another order, is called from a lambda, which
    // runs when the store is held and the texts are encoded; all of them stay in place until it has returned.
    public sealed unsafe partial class OrchestraStore
    {
        private delegate int Function(orchestra_store* store, orchestra_error** error);

        private delegate int Function1(orchestra_store* store, byte* a, UIntPtr aLength, orchestra_error** error);

        private delegate int NumberFunction(orchestra_store* store, long* result, orchestra_error** error);

        private delegate int NumberFunction1(
            orchestra_store* store, byte* a, UIntPtr aLength, long* result, orchestra_error** error);

        private delegate int NumberFunction2(
            orchestra_store* store, byte* a, UIntPtr aLength, byte* b, UIntPtr bLength, long* result,
            orchestra_error** error);

        private delegate int FlagFunction1(
            orchestra_store* store, byte* a, UIntPtr aLength, int* result, orchestra_error** error);

        private delegate int FlagFunction2(
            orchestra_store* store, byte* a, UIntPtr aLength, byte* b, UIntPtr bLength, int* result,
            orchestra_error** error);

        private delegate int TextFunction(
            orchestra_store* store, orchestra_buffer* result, orchestra_error** error);

        private delegate int TextFunction1(
            orchestra_store* store, byte* a, UIntPtr aLength, orchestra_buffer* result, orchestra_error** error);

        private delegate int TextFunction2(
            orchestra_store* store, byte* a, UIntPtr aLength, byte* b, UIntPtr bLength, orchestra_buffer* result,
            orchestra_error** error);

        private delegate int TextFunction3(
            orchestra_store* store, byte* a, UIntPtr aLength, byte* b, UIntPtr bLength, byte* c, UIntPtr cLength,
            orchestra_buffer* result, orchestra_error** error);

        private delegate int TextFunction4(
            orchestra_store* store, byte* a, UIntPtr aLength, byte* b, UIntPtr bLength, byte* c, UIntPtr cLength,
            byte* d, UIntPtr dLength, orchestra_buffer* result, orchestra_error** error);

        /// <summary>Calls a function that returns nothing.</summary>
        private void Call(Function function)
        {
            using (var call = new NativeCall(_handle))
            {
                orchestra_error* error;
                int status = function(call.Store, &error);
                OrchestraException.ThrowIfFailed(status, error);
            }
        }

        private void Call(string a, Function1 function)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText first = call.Text(a);
                orchestra_error* error;
                int status = function(call.Store, first.Pointer, first.Length, &error);
                OrchestraException.ThrowIfFailed(status, error);
            }
        }

        /// <summary>Calls a function that returns a number.</summary>
        private long CallForNumber(NumberFunction function)
        {
            using (var call = new NativeCall(_handle))
            {
                long result;
                orchestra_error* error;
                int status = function(call.Store, &result, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return result;
            }
        }

        private long CallForNumber(string a, NumberFunction1 function)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText first = call.Text(a);
                long result;
                orchestra_error* error;
                int status = function(call.Store, first.Pointer, first.Length, &result, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return result;
            }
        }

        private long CallForNumber(string a, string b, NumberFunction2 function)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText first = call.Text(a);
                NativeText second = call.Text(b);
                long result;
                orchestra_error* error;
                int status = function(
                    call.Store, first.Pointer, first.Length, second.Pointer, second.Length, &result, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return result;
            }
        }

        /// <summary>Calls a function that returns true or false.</summary>
        private bool CallForFlag(string a, FlagFunction1 function)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText first = call.Text(a);
                int result;
                orchestra_error* error;
                int status = function(call.Store, first.Pointer, first.Length, &result, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return result != 0;
            }
        }

        private bool CallForFlag(string a, string b, FlagFunction2 function)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText first = call.Text(a);
                NativeText second = call.Text(b);
                int result;
                orchestra_error* error;
                int status = function(
                    call.Store, first.Pointer, first.Length, second.Pointer, second.Length, &result, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return result != 0;
            }
        }

        /// <summary>Calls a function that returns text.</summary>
        private string CallForText(TextFunction function)
        {
            using (var call = new NativeCall(_handle))
            {
                orchestra_buffer result;
                orchestra_error* error;
                int status = function(call.Store, &result, &error);
                return NativeCall.Result(status, &result, error);
            }
        }

        private string CallForText(string a, TextFunction1 function)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText first = call.Text(a);
                orchestra_buffer result;
                orchestra_error* error;
                int status = function(call.Store, first.Pointer, first.Length, &result, &error);
                return NativeCall.Result(status, &result, error);
            }
        }

        private string CallForText(string a, string b, TextFunction2 function)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText first = call.Text(a);
                NativeText second = call.Text(b);
                orchestra_buffer result;
                orchestra_error* error;
                int status = function(
                    call.Store, first.Pointer, first.Length, second.Pointer, second.Length, &result, &error);
                return NativeCall.Result(status, &result, error);
            }
        }

        private string CallForText(string a, string b, string c, TextFunction3 function)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText first = call.Text(a);
                NativeText second = call.Text(b);
                NativeText third = call.Text(c);
                orchestra_buffer result;
                orchestra_error* error;
                int status = function(
                    call.Store, first.Pointer, first.Length, second.Pointer, second.Length, third.Pointer,
                    third.Length, &result, &error);
                return NativeCall.Result(status, &result, error);
            }
        }

        private string CallForText(string a, string b, string c, string d, TextFunction4 function)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText first = call.Text(a);
                NativeText second = call.Text(b);
                NativeText third = call.Text(c);
                NativeText fourth = call.Text(d);
                orchestra_buffer result;
                orchestra_error* error;
                int status = function(
                    call.Store, first.Pointer, first.Length, second.Pointer, second.Length, third.Pointer,
                    third.Length, fourth.Pointer, fourth.Length, &result, &error);
                return NativeCall.Result(status, &result, error);
            }
        }

        /// <summary>Returns <c>null</c> for the empty text, by which the library says that there is none.</summary>
        private static string NullIfEmpty(string text) => text.Length == 0 ? null : text;
    }
}
