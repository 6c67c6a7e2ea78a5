//! Enums of users' preferences.

use super::stored_enum;

stored_enum! {
    /// The subject of a preference.
    #[derive(Default)]
    PreferenceType("preference type") {
        /// The user interface.
        #[default]
        UI = 0,
        /// The behavior of agents.
        Behavior = 1,
        /// Speed and resources.
        Performance = 2,
        /// Secrets and permissions.
        Security = 3,
        /// Other systems.
        Integration = 4,
    }
}
