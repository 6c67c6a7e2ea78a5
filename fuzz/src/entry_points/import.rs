//! Files of the predecessor: the input is the file.

use std::fs;
use std::ops::ControlFlow;

use orchestra_store::import::{ImportOptions, import_file};
use orchestra_store::{ErrorCode, Store};

use super::outcome::allowed_with;

/// Imports a file without writing, and strictly: the second may only be refused where the first has findings.
pub fn import(store: &Store, input: &[u8]) {
    let file = store.path().with_file_name("state.json");
    if fs::write(&file, input).is_err() {
        return;
    }
    let run = |strict| {
        let options = ImportOptions {
            dry_run: true,
            strict,
            archive: false,
            ..ImportOptions::default()
        };
        let outcome = import_file(store, &file, &options, &mut |_| ControlFlow::Continue(()));
        allowed_with(outcome, blames_file)
    };
    let (report, strictly) = (run(false), run(true));
    let Some(report) = report else {
        assert!(strictly.is_none());
        return;
    };
    assert!(strictly.is_some() || !report.findings.is_empty());
    for counts in [&report.agents, &report.tasks, &report.repositories] {
        let told = counts.imported + counts.unchanged + counts.rejected;
        assert_eq!(counts.read, told, "{report:?}");
    }
}

fn blames_file(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::ImportFailed
            | ErrorCode::NotADatabase
            | ErrorCode::Corrupt
            | ErrorCode::ForeignSchema
    )
}
