//! `orchestrator-state.json` and `agent-config.json`.

use std::path::Path;

use super::ImportOptions;
use super::first_pass::ImportPlan;
use super::legacy::Legacy;
use super::progress::ImportProgressReporter;
use super::read_file::ReadFile;
use super::report::{Findings, LegacyForm, Written};
use super::second_pass;
use super::state_stream::LegacyFile;
use super::status_numbering::StatusNumbering;
use crate::error::Result;
use crate::rows::UnitOfWork;

/// A state file or configuration, after its first reading.
pub(super) struct StateFile {
    source: LegacyFile,
    plan: ImportPlan,
}

impl StateFile {
    pub(super) fn open(path: &Path, options: &ImportOptions) -> Result<Self> {
        let mut source = LegacyFile::open(path)?;
        let plan = ImportPlan::read(&mut source, options)?;
        Ok(Self { source, plan })
    }
}

impl Legacy for StateFile {
    fn path(&self) -> &Path {
        self.source.path()
    }

    fn files(&self) -> Vec<ReadFile> {
        vec![self.source.noted().clone()]
    }

    fn form(&self) -> LegacyForm {
        self.plan.form
    }

    fn status_numbering(&self) -> Option<StatusNumbering> {
        self.plan.status_numbering
    }

    fn records(&self) -> u64 {
        self.plan.records()
    }

    fn take_findings(&mut self) -> Findings {
        std::mem::take(&mut self.plan.findings)
    }

    fn write(
        &mut self,
        uow: &mut UnitOfWork<'_>,
        progress: &mut ImportProgressReporter<'_>,
    ) -> Result<Written> {
        second_pass::write(uow, &mut self.source, &self.plan, progress)
    }
}
