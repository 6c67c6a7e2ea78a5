//! Policies for backups that are due, as C passes them.

use std::path::PathBuf;

use kernel::types::TimeSpan;
use kernel::{BackupPolicy, Error, Result};
use serde::Deserialize;

use crate::abi::json::duration;
use crate::abi::options::set;

/// A backup policy as JSON.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct PolicyRequest {
    directory: PathBuf,
    interval: Option<TimeSpan>,
    keep: Option<usize>,
    keep_for: Option<TimeSpan>,
    compress: Option<bool>,
}

impl PolicyRequest {
    /// Checks the policy, and fills in the defaults.
    pub(crate) fn into_policy(self) -> Result<BackupPolicy> {
        if self.directory.as_os_str().is_empty() {
            return Err(Error::invalid("Directory", "empty"));
        }
        let mut policy = BackupPolicy::new(self.directory);
        set(&mut policy.interval, duration("Interval", self.interval)?);
        set(&mut policy.keep, self.keep);
        set(&mut policy.keep_for, duration("KeepFor", self.keep_for)?);
        set(&mut policy.compress, self.compress);
        Ok(policy)
    }
}
