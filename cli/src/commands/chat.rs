//! `orchestra chat`: looks into conversations.

use clap::{Args, Subcommand};
use orchestra_store::Result;
use orchestra_store::models::{ChatSessionId, UserId};
use orchestra_store::services::chat::{self, Matching, SearchHit, SearchQuery};

use super::agents::to_the_second;
use crate::exit_code::Exit;
use crate::output::Page;
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find messages by their words, the best first
    Search(SearchArguments),
}

#[derive(Debug, Args)]
pub(crate) struct SearchArguments {
    /// The words; nothing in it is an operator
    text: String,
    /// Find words that begin with these
    #[arg(long, conflicts_with = "phrase")]
    prefix: bool,
    /// Find these words one after the other
    #[arg(long)]
    phrase: bool,
    /// Only in this session
    #[arg(long, value_name = "ID")]
    session: Option<ChatSessionId>,
    /// Only in sessions of this user
    #[arg(long, value_name = "ID")]
    user: Option<UserId>,
    /// How many at the most, 1 to 100
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    limit: u32,
}

impl SearchArguments {
    fn query(&self) -> SearchQuery {
        let mut query = SearchQuery::new(&self.text);
        query.matching = match (self.prefix, self.phrase) {
            (true, _) => Matching::Prefixes,
            (_, true) => Matching::Phrase,
            _ => Matching::Words,
        };
        query.session_id.clone_from(&self.session);
        query.user_id.clone_from(&self.user);
        query
    }
}

pub(super) fn run(command: &Command, session: &Session) -> Result<Exit> {
    let Command::Search(arguments) = command;
    let query = arguments.query();
    let hits = session
        .open()?
        .read(|reader| chat::search(reader, &query, arguments.limit))?;
    session.output.print(&hits, |hits| page(hits))?;
    Ok(Exit::Ok)
}

fn page(hits: &[SearchHit]) -> Page {
    let headings = ["When (UTC)", "Session", "Who", "Message"];
    Page::new().table(headings, hits.iter().map(row))
}

fn row(hit: &SearchHit) -> [String; 4] {
    let message = &hit.message;
    [
        to_the_second(message.timestamp),
        message.session_id.to_string(),
        message.message_type.to_string(),
        hit.snippet.clone(),
    ]
}
