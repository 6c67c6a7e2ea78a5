//! The macro that makes up the body of every exported function.

/// Does the work of an exported function: takes what C passes, checks it, and runs the body behind the
/// boundary, which neither an error nor a panic crosses.
///
/// ```text
/// call!(tasks.list reads [NotFound]; error;
///       borrow store, json_or_default filter + filter_len -> required tasks => {
///     tasks.set_json(&store.read(|reader| tasks::list(reader, &filter, limit))?)?;
/// })
/// ```
///
/// The line names, in this order:
///
/// - the group and the verb of the operation. The function is called `orchestra_<group>_<verb>`, where a
///   group that is a plural stands in the singular; functions of no group are in the group `library`.
/// - the effect: `reads` if the operation changes nothing in a database, `writes` if it may, and nothing
///   if it concerns no database.
/// - the errors that are documented for this function in particular, as variants of
///   [`ErrorCode`](kernel::ErrorCode). Those that the header's first comment lists for all functions need
///   no mention.
/// - the parameter that receives the error.
/// - the inputs, each as its kind and its parameters (below), and behind `->` the outputs, each as
///   `required` or `optional`. In the body, the name of an input is its checked value, and the name of an
///   output is a [`Slot`](crate::abi::output::Slot). Parameters that aren't listed are plain numbers, or
///   callbacks that may be NULL, and are used as they are.
///
/// All outputs are emptied first. The rest happens behind the boundary: outputs are checked, then inputs
/// in the order of the line, then the body runs. Its value is `()`; what fails in it ends with `?`.
///
/// | kind | parameters | value |
/// |---|---|---|
/// | `borrow` | handle | a reference to what is behind it |
/// | `lock` | handle | a guard of what is behind it, which this call alone holds |
/// | `whole` | handle of a store | the kernel's `Store`; a handle of a transaction is refused |
/// | `text`, `optional_text` | text + length | `&str`; NULL is empty, or `None` |
/// | `id`, `optional_id`, `any_id` | text + length | `Id<T>`, `Option<Id<T>>`, or the text of an id |
/// | `json`, `json_or_default` | text + length | `T` from a JSON object; NULL may be the default |
/// | `json_array`, `json_texts`, `optional_json_texts`, `json_values`, `optional_json_value`, `document`, `page_cursor` | text + length | as the methods of [`TextArgument`](crate::abi::text::TextArgument) |
/// | `entity`, `choice`, `moment` | number | the entity, the value of an enum, the moment |
/// | `flag` | number | `bool` |
/// | `millis`, `span` | number | a length of time; 0 is `None` |
/// | `options` | structure | a copy, with defaults for what the caller doesn't know |
/// | `config` | path + length + options | `StoreConfig` |
/// | `progress`, `writer`, `factory`, `context` | callback or context + its companion | the callback or context, for Rust |
/// | `callback` | callback | the callback, which must not be NULL |
///
/// What can't fail has shorter forms:
///
/// ```text
/// call!(store.free; release store)
/// call!(error.code; view error or ORCHESTRA_OK => error.code)
/// call!(library.abi_version => { ORCHESTRA_ABI_VERSION })
/// ```
///
/// The first frees a handle. The second reads from a handle, and returns the value behind `or` for NULL and
/// the handle of another type. The third runs its block. Neither the second nor the third may panic.
///
/// `tests/it/operations.rs` reads these lines, and fails where a function has none or a line says something
/// else than the function's name, parameters, body and documentation do.
macro_rules! call {
    (
        $group:ident.$verb:ident $($effect:ident)? $([$($code:ident),+])?; $error:ident;
        $($kind:ident $input:ident $(+ $part:ident)*),*
        $(-> $($need:ident $output:ident),+)? => $body:block
    ) => {{
        $($crate::abi::call::effect!($effect);)?
        $(const _: &[::kernel::ErrorCode] = &[$(::kernel::ErrorCode::$code),+];)?
        // SAFETY: the header asks of every caller, and so of whoever passed these parameters, that
        // - a handle is NULL, or was made by this library and isn't freed before the call ends;
        // - a text is NULL, or as many bytes as its length says, which nobody changes before the call ends;
        // - options are NULL, or as many bytes as their first field says;
        // - an output, and `error`, is NULL, or memory that a value of its type can be written to;
        // - a callback can be called with the context that was passed beside it.
        // That is what the functions ask for which these macros call, each on the parameters that belong
        // together. They don't look at what a text holds, and their results don't outlive this function.
        let ($($input,)* $($($output,)+)? $error) = unsafe {
            (
                $($crate::abi::call::take!($kind $input $(+ $part)*),)*
                $($($crate::abi::output::Output::new($output),)+)?
                $crate::abi::output::Output::new($error),
            )
        };
        $crate::abi::boundary::boundary($error, || {
            $($(let $output = $output.$need(stringify!($output))?;)+)?
            $(let $input = $crate::abi::call::check!($kind $input);)*
            let () = $body;
            Ok(())
        })
    }};
    ($group:ident.$verb:ident; release $handle:ident) => {
        // SAFETY: the header asks for NULL, or for a handle of this library that nobody uses any more.
        $crate::abi::boundary::boundary_infallible(|| unsafe { $crate::abi::handle::free($handle) })
    };
    ($group:ident.$verb:ident; view $handle:ident or $otherwise:expr => $value:expr) => {
        // SAFETY: the header asks for NULL, or for a handle of this library that isn't freed before the
        // call ends.
        unsafe { $crate::abi::handle::borrow($handle) }.map_or($otherwise, |$handle| $value)
    };
    ($group:ident.$verb:ident => $body:block) => {
        $body
    };
}

/// Accepts the words that an effect may be.
macro_rules! effect {
    (reads) => {};
    (writes) => {};
}

/// Takes the parameters of an input as they are; unsafe where they are addresses.
macro_rules! take {
    (borrow $handle:ident) => {
        $crate::abi::handle::borrow($handle)
    };
    (lock $handle:ident) => {
        $crate::abi::handle::borrow($handle)
    };
    (whole $store:ident) => {
        $crate::abi::handle::borrow($store)
    };
    (options $options:ident) => {
        $crate::abi::options::read_options($options)
    };
    (config $path:ident + $length:ident + $options:ident) => {
        (
            $crate::abi::store_config::StoreOptions::read($options),
            $crate::abi::text::text(stringify!($path), $path, $length),
        )
    };
    (progress $callback:ident + $context:ident) => {
        $crate::abi::progress::ProgressReporter::new($callback, $context)
    };
    (writer $callback:ident + $context:ident) => {
        $crate::abi::writer::CallbackWriter::new($callback, $context)
    };
    (factory $callback:ident + $context:ident) => {
        $crate::abi::factory::Factory::new($callback, $context)
    };
    (context $context:ident + $destroy:ident) => {
        $crate::abi::host_context::HostContext::new($context, $destroy)
    };
    ($kind:ident $text:ident + $length:ident) => {
        $crate::abi::text::text(stringify!($text), $text, $length)
    };
    ($kind:ident $number:ident) => {
        $number
    };
}

/// Turns an input that was taken into its value, or fails.
macro_rules! check {
    (borrow $handle:ident) => {
        $handle?
    };
    (lock $handle:ident) => {
        $handle?.lock()?
    };
    (whole $store:ident) => {
        $store?.store()?
    };
    (options $options:ident) => {
        $options?
    };
    (config $taken:ident) => {
        $taken.0?.config($taken.1.text()?)?
    };
    (progress $reporter:ident) => {
        $reporter
    };
    (writer $writer:ident) => {
        $writer?
    };
    (factory $factory:ident) => {
        $factory?
    };
    (context $context:ident) => {
        $context
    };
    (entity $number:ident) => {
        ::kernel::registry::by_number($number)?
    };
    (choice $number:ident) => {
        $crate::abi::scalars::choice(stringify!($number), $number)?
    };
    (moment $unix_ms:ident) => {
        $crate::abi::scalars::moment(stringify!($unix_ms), $unix_ms)?
    };
    (flag $number:ident) => {
        $number != 0
    };
    (millis $ms:ident) => {
        $crate::abi::scalars::millis($ms)
    };
    (span $ms:ident) => {
        $crate::abi::scalars::span($ms)
    };
    (callback $callback:ident) => {
        $crate::abi::host_context::callback(stringify!($callback), $callback)?
    };
    ($kind:ident $text:ident) => {
        $text.$kind()?
    };
}

pub(crate) use {call, check, effect, take};
