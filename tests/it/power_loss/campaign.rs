//! Many losses of power at the moments of one recording.

use std::collections::HashSet;
use std::time::Instant;

use super::disk::{Disk, Event, Model, Remains, Sabotage};
use super::image::Image;
use super::ledger::{Damage, Ledger};
use super::recording::Recording;
use super::workload::Workload;
use crate::random::Random;

/// Images to choose from at each moment: without anything that wasn't synced, with all of it, or with some of it.
const IMAGES: [Remains; 8] = [
    Remains::Nothing,
    Remains::Nothing,
    Remains::Everything,
    Remains::Some,
    Remains::Some,
    Remains::Some,
    Remains::Some,
    Remains::Some,
];
/// Rounds over the recording until too few new images come.
const MAX_ROUNDS: usize = 100;

/// The number of images, and of those that were damaged.
#[derive(Debug, Default)]
pub struct Tally {
    pub images: usize,
    pub lost: usize,
    pub unsound: usize,
    /// The first few kinds of damage.
    pub examples: Vec<String>,
}

pub struct Campaign {
    workload: Workload,
    recording: Recording,
    sabotage: Sabotage,
    seed: u64,
    random: Random,
    /// Moments, with what was seen of each.
    seen: HashSet<(usize, u64)>,
    tally: Tally,
}

/// Places in the recording behind which power is lost: behind each event, but of many writes to one file in a row only
/// behind some, since each of the images later in that row may have any part of it. Few events change names, and most
/// of those are followed by a sync at once: they come several times.
fn moments(events: &[Event]) -> Vec<usize> {
    let is_amid_writes = |place: usize| match (&events[place], events.get(place + 1)) {
        (Event::Write { inode, .. }, Some(Event::Write { inode: next, .. })) => inode == next,
        _ => false,
    };
    let times = |place: usize| match &events[place] {
        Event::Rename { .. } | Event::Link { .. } | Event::Unlink { .. } => 12,
        Event::Create { .. } => 3,
        _ => usize::from(place.is_multiple_of(8) || !is_amid_writes(place)),
    };
    let repeated = (0..events.len()).map(|place| std::iter::repeat_n(place, times(place)));
    repeated.flatten().collect()
}

impl Campaign {
    /// Looks at so many images, none of them twice at one moment. Nothing where nothing can be recorded.
    pub fn run(workload: Workload, sabotage: Sabotage, images: usize) -> Option<Tally> {
        let given = std::env::var("ORCHESTRA_SEED").ok();
        let seed = given.map_or(1, |seed| seed.parse().unwrap());
        let mut campaign = Self {
            workload,
            recording: Recording::of(workload)?,
            sabotage,
            seed,
            random: Random::new(seed),
            seen: HashSet::new(),
            tally: Tally::default(),
        };
        let started = Instant::now();
        for round in 0..MAX_ROUNDS {
            if campaign.tally.images >= images {
                break;
            }
            campaign.go_over_it(round, images);
        }
        let tally = campaign.tally;
        println!(
            "{workload:?}, {sabotage:?}, ORCHESTRA_SEED={seed}: {} events, {} images in {:.1?}, {} lost, {} unsound",
            campaign.recording.events.len(),
            tally.images,
            started.elapsed(),
            tally.lost,
            tally.unsound
        );
        assert!(tally.images >= images, "too few images differ");
        Some(tally)
    }

    /// Goes over the recording once, and loses power at evenly spread moments, at others in each round.
    fn go_over_it(&mut self, round: usize, images: usize) {
        let moments = moments(&self.recording.events);
        let wanted = (images - self.tally.images).div_ceil(2);
        let step = (moments.len() / wanted).max(1);
        let mut chosen = moments.iter().skip(round % step).step_by(step).peekable();
        let mut disk = self.recording.disk(self.sabotage);
        let mut ledger = Ledger::default();
        for moment in 0..self.recording.events.len() {
            let event = &self.recording.events[moment];
            disk.apply(event);
            if let Event::Mark(mark) = event {
                ledger.add(mark);
            }
            while chosen.next_if_eq(&&moment).is_some() {
                self.lose_power(&disk, &ledger, moment, images);
            }
        }
    }

    /// Looks at an image of each model, unless it was seen or enough were.
    fn lose_power(&mut self, disk: &Disk, ledger: &Ledger, moment: usize, images: usize) {
        for model in [Model::Ordered, Model::Strict] {
            let remains = IMAGES[self.random.index(IMAGES.len())];
            let image = disk.image(model, remains, &mut self.random);
            if self.tally.images < images && self.seen.insert((moment, image.digest())) {
                let place = format!("{model:?}, {remains:?}");
                self.look_at(&image, ledger, moment, &place);
            }
        }
    }

    fn look_at(&mut self, image: &Image, ledger: &Ledger, moment: usize, place: &str) {
        let directory = tempfile::tempdir().unwrap();
        image.write_to(directory.path());
        self.tally.images += 1;
        let Err(damage) = self.workload.check(directory.path(), ledger) else {
            return;
        };
        let damage = match damage {
            Damage::Lost(what) => {
                self.tally.lost += 1;
                format!("lost {what}")
            }
            Damage::Unsound(why) => {
                self.tally.unsound += 1;
                format!("unsound: {why}")
            }
        };
        if self.tally.examples.len() < 3 {
            let events = &self.recording.events;
            let latest: Vec<_> = events[moment.saturating_sub(12)..=moment]
                .iter()
                .map(Event::outline)
                .collect();
            self.tally.examples.push(format!(
                "{:?}, {place}, seed {}, moment {moment}: {damage}\n  after {}\n  left {}",
                self.workload,
                self.seed,
                latest.join(", "),
                image.outline().join(", ")
            ));
        }
    }
}
