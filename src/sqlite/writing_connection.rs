//! The connection that writes: its log, the guard of its files, and how the one that inspected the database becomes it.

use super::connection::{Connection, set_option};
use super::raw::ConnectionOption;
use super::{DatabaseLocation, dialect};
use crate::config::StoreConfig;
use crate::error::{Error, ErrorCode, Result};

impl Connection {
    /// Returns the connection that inspected a database as the one that writes, or nothing where it can't write, or the
    /// file under the name is another one by now.
    pub(super) fn into_writer(
        mut self,
        location: &DatabaseLocation,
        config: &StoreConfig,
    ) -> Result<Option<Self>> {
        if self.handle().is_read_only() || !self.in_use.is_in_place()? {
            return Ok(None);
        }
        let set_up = self.let_write(config);
        set_up.map_err(|e| self.explain(e).while_doing(location))?;
        self.begin_to_write(config)?;
        Ok(Some(self))
    }

    fn let_write(&mut self, config: &StoreConfig) -> Result<()> {
        let option = ConnectionOption::NO_CHECKPOINT_ON_CLOSE;
        set_option(self.handle(), option, false)?;
        dialect::set_query_only(self, false)?;
        self.set_up_log(config)
    }

    pub(super) fn set_up_log(&mut self, config: &StoreConfig) -> Result<()> {
        use_write_ahead_log(self)?;
        dialect::set_synchronous(self, config.durability.into())?;
        let (pages, bytes) = (config.wal_autocheckpoint, config.journal_size_limit);
        Ok(dialect::set_wal_limits(self, pages, bytes)?)
    }

    /// Logs statements, and guards the files, of a connection that is set up to write.
    pub(super) fn begin_to_write(&mut self, config: &StoreConfig) -> Result<()> {
        self.log_statements(config)?;
        // The first read creates the log and its index.
        dialect::page_count(self)?;
        self.lease = self.in_use.lease_guard(&config.clock)?;
        Ok(())
    }
}

fn use_write_ahead_log(connection: &mut Connection) -> Result<()> {
    let mode = dialect::set_journal_mode(connection, "WAL")?;
    if mode == "wal" {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::Io,
        format!("the file system can't keep a write-ahead log (journal mode {mode})"),
    ))
}

#[cfg(test)]
mod tests {
    use super::super::connection::{Role, in_new_database};
    use super::*;

    #[test]
    fn who_inspected_a_database_writes_to_it_unless_another_has_its_name() {
        let directory = tempfile::tempdir().unwrap();
        drop(in_new_database(directory.path()));
        let config = StoreConfig::new(directory.path().join("orchestra.db"));
        let location = DatabaseLocation::new(&config.path).unwrap();
        let probe = || Connection::open(&location, Role::Probe, &config).unwrap();
        let writer = probe().into_writer(&location, &config).unwrap();
        dialect::set_incremental_vacuum(&mut writer.unwrap()).unwrap();

        let outdated = probe();
        let copy = directory.path().join("copy.db");
        std::fs::copy(&config.path, &copy).unwrap();
        std::fs::rename(&copy, &config.path).unwrap();
        let writer = outdated.into_writer(&location, &config).unwrap();
        assert!(writer.is_none());
    }
}
