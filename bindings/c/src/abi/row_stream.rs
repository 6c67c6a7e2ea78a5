//! Rows of a query, which a separate thread reads: the kernel passes rows to a closure, while C asks for
//! one after the other.

use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::vec;

use kernel::maintenance::sql::{OnSqlStep, SqlStep, SqlValue};
use kernel::{CancelToken, Error, ErrorCode, Result, Store};

/// A row of a query.
pub(crate) type SqlRow = Vec<SqlValue>;

enum StreamPart {
    Columns(Vec<String>),
    Rows(Vec<SqlRow>),
    End(Result<()>),
}

/// The rows of a query. One block of rows is read ahead: some tens of them, or about 64 KiB.
pub(crate) struct RowStream {
    columns: Vec<String>,
    block: vec::IntoIter<SqlRow>,
    row: Option<SqlRow>,
    /// `None` after the last row or an error.
    messages: Option<Receiver<StreamPart>>,
    /// The token with which the host cancels.
    host: CancelToken,
    /// The token that ends the thread.
    end: CancelToken,
    /// The time that a call waits for rows; the cursor itself may be open for any time.
    operation_timeout: Duration,
    thread: Option<JoinHandle<()>>,
}

impl RowStream {
    /// Runs `read` on a new thread, and waits for the first rows.
    pub(crate) fn start(
        store: &Store,
        read: impl FnOnce(&Store, &mut OnSqlStep<'_>) -> Result<()> + Send + 'static,
    ) -> Result<Self> {
        let host = store.cancel_token().cloned().unwrap_or_default();
        let end = host.child();
        let operation_timeout = store.operation_timeout().unwrap_or(Duration::MAX);
        let store = store.cancellable(&end).with_operation_timeout(None);
        let (sender, messages) = sync_channel(1);
        let thread = thread::Builder::new()
            .name("orchestra-store-cursor".to_owned())
            .spawn(move || {
                let mut blocks = Blocks::new(sender);
                let outcome = read(&store, &mut |step| blocks.take(step));
                blocks.finish(outcome);
            })?;
        let mut stream = Self {
            columns: Vec::new(),
            block: Vec::new().into_iter(),
            row: None,
            messages: Some(messages),
            host,
            end,
            operation_timeout,
            thread: Some(thread),
        };
        // The columns, and then the first rows, by which time the snapshot is taken.
        stream.receive()?;
        stream.receive()?;
        Ok(stream)
    }

    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Returns the name of a column.
    pub(crate) fn column(&self, column: u32) -> Result<&str> {
        at(&self.columns, column).map(String::as_str)
    }

    /// Returns the value of a column in the current row.
    pub(crate) fn value(&self, column: u32) -> Result<&SqlValue> {
        at(self.row()?, column)
    }

    /// Returns the current row.
    fn row(&self) -> Result<&SqlRow> {
        self.row.as_ref().ok_or_else(|| {
            let message = "orchestra_cursor: not on a row";
            Error::new(ErrorCode::Misuse, message)
        })
    }

    /// Goes to the next row, and returns whether there is one.
    pub(crate) fn advance(&mut self) -> Result<bool> {
        self.row = None;
        if self.host.is_cancelled() {
            return Err(Error::new(ErrorCode::Cancelled, "the cursor was cancelled"));
        }
        loop {
            self.row = self.block.next();
            if self.row.is_some() || self.messages.is_none() {
                return Ok(self.row.is_some());
            }
            self.receive()?;
        }
    }

    /// Waits for the next message of the thread, if it is still running.
    fn receive(&mut self) -> Result<()> {
        let Some(messages) = &self.messages else {
            return Ok(());
        };
        match messages.recv_timeout(self.operation_timeout) {
            Ok(StreamPart::Columns(columns)) => self.columns = columns,
            Ok(StreamPart::Rows(rows)) => self.block = rows.into_iter(),
            Ok(StreamPart::End(outcome)) => {
                self.messages = None;
                return outcome;
            }
            Err(RecvTimeoutError::Timeout) => {
                self.end.cancel();
                self.messages = None;
                return Err(took_too_long(self.operation_timeout));
            }
            Err(RecvTimeoutError::Disconnected) => {
                self.messages = None;
                let message = "the thread of a cursor panicked";
                return Err(Error::new(ErrorCode::Internal, message));
            }
        }
        Ok(())
    }
}

impl Drop for RowStream {
    /// Ends the thread and waits for it, so that the store isn't in use afterwards.
    fn drop(&mut self) {
        self.end.cancel();
        self.messages = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of a cursor panicked");
        }
    }
}

/// Sends rows in blocks: the first row alone, so that it arrives soon, and then larger blocks.
struct Blocks {
    sender: SyncSender<StreamPart>,
    rows: Vec<SqlRow>,
    bytes: usize,
    most_rows: usize,
}

impl Blocks {
    const MOST_ROWS: usize = 64;
    const MOST_BYTES: usize = 64 << 10;

    fn new(sender: SyncSender<StreamPart>) -> Self {
        Self {
            sender,
            rows: Vec::new(),
            bytes: 0,
            most_rows: 1,
        }
    }

    fn take(&mut self, step: SqlStep) -> ControlFlow<()> {
        match step {
            SqlStep::Columns(columns) => self.send(StreamPart::Columns(columns)),
            SqlStep::Row(row) => {
                self.bytes += row.iter().map(size).sum::<usize>();
                self.rows.push(row);
                if self.rows.len() < self.most_rows && self.bytes < Self::MOST_BYTES {
                    return ControlFlow::Continue(());
                }
                self.most_rows = (self.most_rows * 2).min(Self::MOST_ROWS);
                self.flush()
            }
        }
    }

    fn flush(&mut self) -> ControlFlow<()> {
        self.bytes = 0;
        let rows = std::mem::take(&mut self.rows);
        self.send(StreamPart::Rows(rows))
    }

    /// Sends a part of the stream; breaks off if the receiver is gone.
    fn send(&self, message: StreamPart) -> ControlFlow<()> {
        match self.sender.send(message) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }

    fn finish(mut self, outcome: Result<()>) {
        if self.rows.is_empty() || self.flush().is_continue() {
            let _nobody_listens = self.send(StreamPart::End(outcome));
        }
    }
}

fn took_too_long(limit: Duration) -> Error {
    let message = format!(
        "the next row must come within {limit:?}, and took longer; ask for less, or raise operation_timeout_ms"
    );
    Error::new(ErrorCode::Timeout, message)
}

fn at<T>(columns: &[T], column: u32) -> Result<&T> {
    let index = usize::try_from(column).ok();
    index.and_then(|index| columns.get(index)).ok_or_else(|| {
        let count = columns.len();
        Error::invalid("column", format!("{column}, but there are {count} columns"))
    })
}

fn size(value: &SqlValue) -> usize {
    match value {
        SqlValue::Text(text) => text.len(),
        SqlValue::Blob(bytes) => bytes.len(),
        _ => size_of::<SqlValue>(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let directory = tempfile::tempdir().unwrap();
        let config = kernel::StoreConfig::new(directory.path().join("orchestra.db"));
        let store = Store::open(config).unwrap();
        (directory, store)
    }

    fn numbers(on_step: &mut OnSqlStep<'_>, count: i64) {
        let mut flow = on_step(SqlStep::Columns(vec!["n".to_owned()]));
        for n in 0..count {
            if flow.is_break() {
                return;
            }
            flow = on_step(SqlStep::Row(vec![SqlValue::Integer(n)]));
        }
    }

    #[test]
    fn every_row_comes_once_and_in_order() {
        let (_directory, store) = store();
        for count in [0, 1, 2, 3, 64, 1000] {
            let mut stream = RowStream::start(&store, move |_, on_step| {
                numbers(on_step, count);
                Ok(())
            })
            .unwrap();
            assert_eq!(stream.columns(), ["n"]);
            for n in 0..count {
                assert!(stream.advance().unwrap());
                assert_eq!(*stream.row().unwrap(), [SqlValue::Integer(n)]);
            }
            assert!(!stream.advance().unwrap() && !stream.advance().unwrap());
            assert_eq!(stream.row().unwrap_err().code(), ErrorCode::Misuse);
        }
    }

    #[test]
    fn an_error_comes_behind_the_rows_before_it() {
        let (_directory, store) = store();
        let fail = |_: &Store, on_step: &mut OnSqlStep<'_>| {
            numbers(on_step, 5);
            Err(Error::new(ErrorCode::Io, "the disk is gone"))
        };
        let mut stream = RowStream::start(&store, fail).unwrap();
        for _ in 0..5 {
            assert!(stream.advance().unwrap());
        }
        assert_eq!(stream.advance().unwrap_err().code(), ErrorCode::Io);
        assert!(!stream.advance().unwrap());
    }

    #[test]
    fn what_fails_at_once_does_not_start() {
        let (_directory, store) = store();
        let fail = |_: &Store, _: &mut OnSqlStep<'_>| Err(Error::invalid("sql", "nonsense"));
        let error = RowStream::start(&store, fail).err().unwrap();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        let panic = |_: &Store, _: &mut OnSqlStep<'_>| panic!("a fault");
        let error = RowStream::start(&store, panic).err().unwrap();
        assert_eq!(error.code(), ErrorCode::Internal);
    }

    #[test]
    fn dropping_it_ends_the_thread() {
        let (_directory, store) = store();
        let endless = |_: &Store, on_step: &mut OnSqlStep<'_>| {
            numbers(on_step, i64::MAX);
            Ok(())
        };
        let mut stream = RowStream::start(&store, endless).unwrap();
        assert!(stream.advance().unwrap());
        drop(stream);
    }
}
