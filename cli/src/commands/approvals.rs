//! `orchestra approvals`: looks at what agents ask for, and decides it.

use clap::{Args, Subcommand};
use orchestra_store::Result;
use orchestra_store::models::{AgentId, ApprovalRequest, ApprovalRequestId};
use orchestra_store::services::approvals::{self, Decision};

use super::agents::to_the_second;
use crate::exit_code::Exit;
use crate::output::Page;
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The requests that wait for a decision, the oldest first
    List {
        /// Only those of this agent
        #[arg(long, value_name = "ID")]
        agent: Option<AgentId>,
        /// How many at the most
        #[arg(long, value_name = "NUMBER", default_value_t = 50)]
        limit: u32,
    },
    /// Grant what was asked for
    Approve(DecisionArguments),
    /// Deny what was asked for
    Reject(DecisionArguments),
}

#[derive(Debug, Args)]
pub(crate) struct DecisionArguments {
    /// The request's id
    id: ApprovalRequestId,
    /// Who decides
    #[arg(long, value_name = "NAME")]
    by: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

impl DecisionArguments {
    fn decision(&self) -> Decision {
        Decision {
            decided_by: Some(self.by.clone()),
            reason: self.reason.clone(),
            resume_session: false,
        }
    }
}

pub(super) fn run(command: &Command, session: &Session) -> Result<Exit> {
    let store = session.open()?;
    let decided = match command {
        Command::List { agent, limit } => {
            let agent = agent.as_ref();
            let waiting = store.read(|reader| approvals::list_waiting(reader, agent, *limit))?;
            session
                .output
                .print(&waiting, |waiting| list_page(waiting))?;
            return Ok(Exit::Ok);
        }
        Command::Approve(given) => {
            store.write(|uow| approvals::approve(uow, &given.id, &given.decision()))?
        }
        Command::Reject(given) => {
            store.write(|uow| approvals::reject(uow, &given.id, &given.decision()))?
        }
    };
    session.output.print(&decided, |request| {
        Page::new().line(format!("{}: {}", request.id, request.status))
    })?;
    Ok(Exit::Ok)
}

fn list_page(waiting: &[ApprovalRequest]) -> Page {
    let headings = ["Id", "Agent", "Asked", "Expires", "What"];
    Page::new().table(headings, waiting.iter().map(row))
}

fn row(request: &ApprovalRequest) -> [String; 5] {
    let details = request.request_details.as_ref();
    [
        request.id.to_string(),
        request.agent_id.to_string(),
        to_the_second(request.created_at),
        request.expires_at.map(to_the_second).unwrap_or_default(),
        details.map(ToString::to_string).unwrap_or_default(),
    ]
}
