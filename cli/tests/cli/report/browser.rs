//! A browser without a window.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::support::Place;

/// The widths in which a page is shown: a phone's, a tablet's, a screen's.
const WIDTHS: [u32; 4] = [320, 390, 768, 1400];

/// A page that shows another one in each width and writes down what comes of it. The other one
/// allows no scripts, so that it can't measure itself.
const FRAME: &str = "<!doctype html><pre id=out></pre><script>
const shown = [];
function measure(frame) {
  const page = frame.contentDocument, body = getComputedStyle(page.body);
  shown.push({
    width: page.documentElement.clientWidth,
    scroll_width: page.documentElement.scrollWidth,
    sections: page.querySelectorAll('section').length,
    background: body.backgroundColor.match(/\\d+/g).slice(0, 3).map(Number),
  });
  if (shown.length == WIDTHS.length) out.textContent = JSON.stringify(shown);
}
for (const width of WIDTHS) {
  const frame = document.createElement('iframe');
  frame.style = `width: ${width}px; height: 900px; border: 0`;
  frame.onload = () => measure(frame);
  frame.src = PAGE;
  document.body.append(frame);
}
</script>";

/// What a page looks like in one width.
#[derive(Debug, Deserialize)]
pub(super) struct Shown {
    pub(super) width: u32,
    pub(super) scroll_width: u32,
    pub(super) sections: u32,
    /// Red, green and blue, up to 255 each.
    pub(super) background: Vec<u32>,
}

pub(super) struct Browser(PathBuf);

impl Browser {
    /// The browser of this machine; a note says where there is none.
    pub(super) fn find() -> Option<Self> {
        let paths = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&paths)
            .flat_map(|path| {
                ["chromium", "chromium-browser", "google-chrome"].map(|name| path.join(name))
            })
            .find(|program| program.is_file());
        if found.is_none() {
            // Not by `eprintln!`, which is not shown for a test that passes.
            let note = b"note: chromium is not there: the report was not shown in a browser\n";
            std::io::stderr().write_all(note).unwrap();
        }
        found.map(Self)
    }

    /// Runs the browser, and returns what it prints; fails where a page has anything to complain of.
    fn run(&self, place: &Place, arguments: &[&str], page: &Path) -> String {
        let profile = tempfile::tempdir().unwrap();
        let ran = Command::new(&self.0)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
            ])
            .args([
                "--no-first-run",
                "--allow-file-access-from-files",
                "--enable-logging=stderr",
            ])
            // Nothing of the page may need the network.
            .args([
                "--host-resolver-rules=MAP * ~NOTFOUND",
                "--virtual-time-budget=10000",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .args(arguments)
            .arg(format!("file://{}", page.display()))
            .current_dir(place.path("."))
            .output()
            .unwrap();
        let log = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{log}");
        assert!(!log.contains("CONSOLE"), "{log}");
        String::from_utf8(ran.stdout).unwrap()
    }

    /// Shows a page in all widths.
    pub(super) fn measure(&self, place: &Place, page: &str, arguments: &[&str]) -> Vec<Shown> {
        let frame = FRAME
            .replace("WIDTHS", &format!("{WIDTHS:?}"))
            .replace("PAGE", &format!("{page:?}"));
        std::fs::write(place.path("frame.html"), frame).unwrap();
        let arguments = [arguments, &["--dump-dom"]].concat();
        let dom = self.run(place, &arguments, &place.path("frame.html"));
        let json = dom
            .split("<pre id=\"out\">")
            .nth(1)
            .and_then(|rest| rest.split("</pre>").next());
        serde_json::from_str(json.unwrap_or_default()).unwrap_or_else(|e| panic!("{e}: {dom}"))
    }

    /// Prints a page as PDF.
    pub(super) fn print(&self, place: &Place, page: &str) -> Vec<u8> {
        self.run(place, &["--print-to-pdf=page.pdf"], &place.path(page));
        std::fs::read(place.path("page.pdf")).unwrap()
    }
}
