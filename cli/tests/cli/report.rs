//! The page that `report` writes: what it says, and what a browser makes of it.

mod browser;

use std::sync::Arc;
use std::time::Duration;

use orchestra_store::models::{Agent, Task};
use orchestra_store::services::agents::{self, NewAgent};
use orchestra_store::services::error_logs::{self, NewErrorLog};
use orchestra_store::services::tasks::{self, Claim, Failure, NewTask};
use orchestra_store::{Clock, ManualClock, Result, Store, StoreConfig, SystemClock, UnitOfWork};

use crate::support::Place;
use browser::Browser;

/// What must stay text: it would break out of an element, an attribute, a style or a script.
const HOSTILE: [&str; 4] = [
    "</title><script>console.error('title')</script>",
    "\"><img src=x onerror=console.error('image')>",
    "</style></svg><iframe src=javascript:console.error(1)></iframe>",
    "\u{202e}&lt;b&gt; <!-- ]]>",
];

const PATHS: [&str; 3] = ["/srv/git/search", "/srv/git/web-shop", HOSTILE[2]];

/// A day of work, told in few transactions.
struct Day {
    store: Store,
    clock: Arc<ManualClock>,
}

impl Day {
    fn begin(place: &Place) -> Self {
        let clock = Arc::new(ManualClock::at(
            SystemClock.now() - Duration::from_secs(86_400),
        ));
        let mut config = StoreConfig::new(place.path("orchestra.db"));
        config.clock = clock.clone();
        config.queue.max_retries = 0;
        let store = Store::open(config).unwrap();
        Self { store, clock }
    }

    fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    fn register(&self, agents: [(&str, &str); 4]) -> Vec<Agent> {
        let register = |uow: &mut UnitOfWork<'_>| {
            let agent = |(name, path): &(&str, &str)| {
                let mut new = NewAgent::new(*name, "worker", *path);
                new.max_concurrent_tasks = 4;
                agents::register(uow, &new)
            };
            agents.iter().map(agent).collect()
        };
        self.store.write(register).unwrap()
    }

    fn work(&self, work: impl Fn(&mut UnitOfWork<'_>) -> Result<()>) {
        self.store.write(work).unwrap();
    }

    /// Runs what the agent can claim; some of it fails.
    fn run(&self, uow: &mut UnitOfWork<'_>, agent: &Agent, number: u64) -> Result<()> {
        for task in tasks::claim(uow, &Claim::agent(&agent.id))? {
            tasks::start(uow, &task.id, task.lease_token.as_ref())?;
            self.pass(1 + number * 7919 % 37);
            self.finish(uow, &task, number)?;
        }
        Ok(())
    }

    fn finish(&self, uow: &mut UnitOfWork<'_>, task: &Task, number: u64) -> Result<()> {
        let token = task.lease_token.as_ref();
        if number * number % 11 == 4 {
            let reason = [
                "the build failed: exit code 2",
                "no route to host",
                HOSTILE[1],
            ];
            let reason = reason[usize::try_from(number / 5).unwrap() % 3];
            tasks::fail(uow, &task.id, token, &Failure::new(reason))?;
        } else {
            tasks::complete(uow, &task.id, token, None)?;
        }
        Ok(())
    }
}

/// A database with a day of work in it, and hostile names.
fn with_a_day() -> Place {
    let place = Place::new();
    let day = Day::begin(&place);
    let long = "an-agent-with-a-very-long-name-".repeat(6);
    let agents = day.register([
        ("Ada", PATHS[0]),
        ("Grace", PATHS[1]),
        (HOSTILE[0], PATHS[2]),
        (&long, PATHS[0]),
    ]);
    for step in 0..280_u64 {
        day.pass(240);
        day.work(|uow| {
            for number in 0..1 + step * step % 5 {
                let path = PATHS[usize::try_from(number * step).unwrap() % 3];
                let mut new = NewTask::new("make", path);
                new.queue_name = (number % 2 == 0).then(|| HOSTILE[3].to_owned());
                tasks::enqueue(uow, &new)?;
                let agent = &agents[usize::try_from(step + number).unwrap() % agents.len()];
                if step % 11 != 7 {
                    day.run(uow, agent, step + number)?;
                }
            }
            Ok(())
        });
    }
    day.work(|uow| {
        let mut error = NewErrorLog::new("a disk is full");
        error.error_code = Some(HOSTILE[0].to_owned());
        error_logs::log(uow, &error)?;
        for (agent, limit) in agents.iter().zip([4, 2, 1]) {
            let mut claim = Claim::agent(&agent.id);
            claim.limit = limit;
            tasks::claim(uow, &claim)?;
        }
        Ok(())
    });
    day.store.close().unwrap();
    place
}

fn page_of(place: &Place) -> String {
    place.ok(&["report", "--html", "report.html"]);
    std::fs::read_to_string(place.path("report.html")).unwrap()
}

/// The names of all elements of a page, and those of their attributes.
fn elements(page: &str) -> impl Iterator<Item = &str> {
    page.split('<')
        .skip(1)
        .map(|tag| tag.split('>').next().unwrap())
}

#[test]
fn everything_that_comes_from_data_is_escaped() {
    let place = with_a_day();
    let page = page_of(&place);
    for element in elements(&page) {
        let name = element
            .split([' ', '/'])
            .find(|part| !part.is_empty())
            .unwrap();
        let is_hostile = ["script", "img", "iframe", "b>", "!--"].contains(&name);
        assert!(!is_hostile, "{element}");
        assert!(!element.contains("onerror"), "{element}");
    }
    for text in HOSTILE {
        let escaped = text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        let escaped = escaped.replace('"', "&quot;");
        let escaped = escaped.replace('\u{202e}', "\\u{202e}");
        assert!(page.contains(&format!("<bdi>{escaped}</bdi>")), "{text}");
    }
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("url("));
}

#[test]
fn the_page_tells_what_the_store_tells() {
    let place = with_a_day();
    let page = page_of(&place);
    let stats = place.json(&["stats"]);
    let number = |status: &str| stats["ByStatus"][status].as_i64().unwrap();
    for part in [
        format!("{} completed", number("Completed")),
        format!("{} failed", number("Failed")),
        "Ada".to_owned(),
        "no route to host".to_owned(),
        "tasks per hour".to_owned(),
    ] {
        assert!(page.contains(&part), "{part}");
    }
    place.ok(&["report", "--html", "month.html", "--period", "30d"]);
    let month = std::fs::read_to_string(place.path("month.html")).unwrap();
    assert!(month.contains("tasks per day"));
}

#[test]
fn an_empty_database_has_a_page_too() {
    let page = page_of(&Place::with_database());
    for text in [
        "No task ended in this period.",
        "No task of this period has run.",
        "No task waits or runs.",
        "There are no agents.",
        "There are no repositories.",
        "No task of this period failed.",
        "Nothing was logged in this period.",
    ] {
        assert!(page.contains(text), "{text}");
    }
}

#[test]
fn a_page_that_is_there_is_replaced_only_where_it_is_asked_for() {
    let place = Place::with_database();
    std::fs::write(place.path("report.html"), "mine").unwrap();
    let arguments = ["report", "--html", "report.html"];
    assert_eq!(place.error(4, &arguments)["Code"], "AlreadyExists");
    assert_eq!(std::fs::read(place.path("report.html")).unwrap(), b"mine");
    let written = place.json(&[&arguments[..], &["--yes"]].concat());
    let size = std::fs::metadata(place.path("report.html")).unwrap().len();
    assert_eq!(written["Size"].as_u64(), Some(size));
    let left: Vec<_> = place
        .files()
        .into_iter()
        .filter(|f| f.starts_with(".tmp"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_browser_shows_the_page_narrow_and_wide_light_and_dark() {
    let Some(browser) = Browser::find() else {
        return;
    };
    for place in [with_a_day(), Place::with_database()] {
        page_of(&place);
        let light = browser.measure(&place, "report.html", &[]);
        let dark = browser.measure(
            &place,
            "report.html",
            &["--blink-settings=preferredColorScheme=0"],
        );
        for shown in light.iter().chain(&dark) {
            assert_eq!(
                shown.scroll_width, shown.width,
                "it overflows at {}",
                shown.width
            );
            assert_eq!(shown.sections, 8);
        }
        let brightness = |shown: &browser::Shown| shown.background.iter().sum::<u32>();
        assert!(brightness(&light[0]) > 600, "{:?}", light[0]);
        assert!(brightness(&dark[0]) < 150, "{:?}", dark[0]);
    }
}

#[test]
fn a_browser_prints_the_page() {
    let Some(browser) = Browser::find() else {
        return;
    };
    let place = with_a_day();
    page_of(&place);
    let pdf = browser.print(&place, "report.html");
    assert!(
        pdf.starts_with(b"%PDF-") && pdf.len() > 10_000,
        "{}",
        pdf.len()
    );
}
