//! The specification of the data layer, sentence by sentence: `specification/sentences.txt` lists them with the test of
//! each, `specification/differences.txt` what is built otherwise, each with its reason.

mod differences;
mod facts;
mod schema;
