//! The declarations under the .NET layer are what the sources say.

use std::fs;
use std::path::PathBuf;

use crate::generated::assert_current;
use crate::{header, paths};

fn committed() -> PathBuf {
    paths::workspace().join("bindings/dotnet/src/NativeMethods.g.cs")
}

fn generate() -> String {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("NativeMethods.g.cs");
    let mut builder = csbindgen::Builder::default()
        .csharp_namespace("Orchestra.Store")
        .csharp_class_name("NativeMethods")
        .csharp_dll_name("orchestra_store")
        // What C# 7.2 doesn't know yet.
        .csharp_use_function_pointer(false)
        .csharp_use_nint_types(false)
        .csharp_generate_const_filter(|name| name.starts_with("ORCHESTRA_"));
    for source in paths::sources() {
        builder = builder.input_extern_file(source);
    }
    builder.generate_csharp_file(&file).unwrap();
    fs::read_to_string(&file).unwrap()
}

#[test]
fn native_methods_are_current() {
    assert_current(&committed(), &generate());
}
