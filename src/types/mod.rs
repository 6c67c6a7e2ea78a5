//! The value types of the columns: each knows its one text or number form in the database and in JSON.
