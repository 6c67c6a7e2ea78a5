//! `orchestrator-state.json` and `agent-config.json`.

use std::path::Path;

use super::legacy::Legacy;
use super::plan::Plan;
use super::progress::Progress;
use super::report::{Findings, LegacyForm, Written};
use super::source::Source;
use super::status_numbering::StatusNumbering;
use super::writer;
use crate::error::Result;
use crate::rows::UnitOfWork;

/// A file that was read through once.
pub(super) struct StateFile {
    source: Source,
    plan: Plan,
}

impl StateFile {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let mut source = Source::open(path)?;
        let plan = Plan::read(&mut source)?;
        Ok(Self { source, plan })
    }
}

impl Legacy for StateFile {
    fn path(&self) -> &Path {
        self.source.path()
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

    fn write(&mut self, uow: &mut UnitOfWork<'_>, progress: &mut Progress<'_>) -> Result<Written> {
        writer::write(uow, &mut self.source, &self.plan, progress)
    }
}
