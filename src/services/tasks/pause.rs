//! Pausing queues and repositories: their tasks wait, and claimed ones continue.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorCode, Result};
use crate::rows::{Entity as _, Reader, UnitOfWork};
use crate::services::code_repositories::normalize_path;
use crate::tables::{QueuePause, queue_pauses as rows};
use crate::validate;

/// Scope of a pause: a queue, a repository, or a queue of a repository.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct QueueScope {
    /// Name of the queue, 1 to 100 characters; `None`: every queue.
    pub queue_name: Option<String>,
    /// Path of the repository, 1 to 500 characters; `None`: every repository.
    pub repository_path: Option<String>,
}

impl QueueScope {
    /// Creates the scope of a queue in all repositories.
    pub fn queue(name: impl Into<String>) -> Self {
        Self {
            queue_name: Some(name.into()),
            repository_path: None,
        }
    }

    /// Creates the scope of a repository with all its queues.
    pub fn repository(path: impl Into<String>) -> Self {
        Self {
            queue_name: None,
            repository_path: Some(path.into()),
        }
    }

    fn checked(&self) -> Result<Self> {
        validate::optional_text("QueueName", self.queue_name.as_deref(), 1..=100)?;
        let path = self.repository_path.as_deref();
        validate::optional_text("RepositoryPath", path, validate::PATH)?;
        if self.queue_name.is_none() && path.is_none() {
            let reason = "must name a queue, a repository or both, got neither";
            return Err(Error::invalid("scope", reason));
        }
        Ok(Self {
            queue_name: self.queue_name.clone(),
            repository_path: path.map(|path| normalize_path(path).to_owned()),
        })
    }

    fn is_of(&self, pause: &QueuePause) -> bool {
        self.queue_name == pause.queue_name && self.repository_path == pause.repository_path
    }
}

impl fmt::Display for QueueScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.queue_name, &self.repository_path) {
            (Some(queue), Some(path)) => write!(f, "queue '{queue}' of '{path}'"),
            (Some(queue), None) => write!(f, "queue '{queue}'"),
            (None, Some(path)) => write!(f, "repository '{path}'"),
            (None, None) => f.write_str("nothing"),
        }
    }
}

/// Pauses a queue, a repository, or a queue of a repository: none of its tasks can be claimed until it is
/// [resumed](resume). Claimed tasks continue. The pause keeps the acting user, and the reason of up to 500 characters.
///
/// Fails with [`ErrorCode::AlreadyExists`] if this scope is paused already. The cost doesn't grow with the number of
/// waiting tasks.
///
/// ```
/// use orchestra_store::services::agents::{self, NewAgent};
/// use orchestra_store::services::tasks::{self, Claim, NewTask, QueueScope};
/// # use orchestra_store::{Store, StoreConfig};
/// # let directory = tempfile::tempdir()?;
/// # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
/// let ada = store.write(|uow| {
///     tasks::enqueue(uow, &NewTask::new("make", "/srv/app"))?;
///     agents::register(uow, &NewAgent::new("Ada", "claude-code", "/srv/app"))
/// })?;
/// let app = QueueScope::repository("/srv/app");
/// store.write(|uow| tasks::pause(uow, &app, Some("the disk is replaced")))?;
/// let claim = Claim::agent(&ada.id);
/// assert!(store.write(|uow| tasks::claim(uow, &claim))?.is_empty());
///
/// store.write(|uow| tasks::resume(uow, &app))?;
/// assert_eq!(store.write(|uow| tasks::claim(uow, &claim))?.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn pause(
    uow: &mut UnitOfWork<'_>,
    scope: &QueueScope,
    reason: Option<&str>,
) -> Result<QueuePause> {
    validate::optional_text("Reason", reason, 0..=500)?;
    let scope = scope.checked()?;
    if let Some(known) = find(uow, &scope)? {
        let (by, since) = (&known.created_by, known.created_at.to_iso8601());
        let message = format!(
            "QueuePauses: {scope} is paused by '{by}' since {since}; resume it before pausing it again"
        );
        return Err(about(ErrorCode::AlreadyExists, message, known.id.as_str()));
    }
    let mut pause = QueuePause {
        id: uow.new_id()?,
        queue_name: scope.queue_name,
        repository_path: scope.repository_path,
        reason: reason.map(str::to_owned),
        created_at: uow.now(),
        created_by: uow.user().user_id.clone(),
        row_version: 1,
    };
    uow.insert(&mut pause)?;
    Ok(pause)
}

/// Ends the pause of a scope and returns its row.
///
/// Fails with [`ErrorCode::InvalidTransition`] if exactly this scope isn't paused.
pub fn resume(uow: &mut UnitOfWork<'_>, scope: &QueueScope) -> Result<QueuePause> {
    let scope = scope.checked()?;
    let Some(pause) = find(uow, &scope)? else {
        let message = format!(
            "QueuePauses: {scope} isn't paused; only a scope in the list of pauses can be resumed"
        );
        let code = ErrorCode::InvalidTransition;
        return Err(about(code, message, &scope.to_string()));
    };
    uow.delete(&pause.id)
}

/// Returns all pauses, the oldest first.
pub fn list_pauses(reader: &mut Reader<'_>) -> Result<Vec<QueuePause>> {
    let mut pauses = rows::list(reader.conn())?;
    pauses.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
    Ok(pauses)
}

/// Returns true if a pause stops the tasks of a queue of a repository.
pub(super) fn stops(pause: &QueuePause, path: &str, queue: Option<&str>) -> bool {
    let is_path = pause.repository_path.as_deref().is_none_or(|p| p == path);
    is_path && (pause.queue_name.is_none() || pause.queue_name.as_deref() == queue)
}

fn find(reader: &mut Reader<'_>, scope: &QueueScope) -> Result<Option<QueuePause>> {
    let pauses = list_pauses(reader)?;
    Ok(pauses.into_iter().find(|pause| scope.is_of(pause)))
}

fn about(code: ErrorCode, message: String, id: &str) -> Error {
    Error::new(code, message).with_details(|d| {
        d.entity = Some(QueuePause::NAME);
        d.id = Some(id.to_owned());
    })
}
