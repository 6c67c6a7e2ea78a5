//! When backups are made by themselves, as C says it.

use std::path::PathBuf;

use kernel::types::TimeSpan;
use kernel::{BackupPolicy, Error, Result};
use serde::Deserialize;

use crate::abi::json::duration;
use crate::abi::store_config::set;

/// A policy as JSON.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct PolicyRequest {
    directory: PathBuf,
    interval: Option<TimeSpan>,
    keep: Option<usize>,
    keep_for: Option<TimeSpan>,
    compress: Option<bool>,
}

impl TryFrom<PolicyRequest> for BackupPolicy {
    type Error = Error;

    fn try_from(request: PolicyRequest) -> Result<Self> {
        if request.directory.as_os_str().is_empty() {
            return Err(Error::invalid("Directory", "empty"));
        }
        let mut policy = Self::new(request.directory);
        set(
            &mut policy.interval,
            duration("Interval", request.interval)?,
        );
        set(&mut policy.keep, request.keep);
        set(&mut policy.keep_for, duration("KeepFor", request.keep_for)?);
        set(&mut policy.compress, request.compress);
        Ok(policy)
    }
}
