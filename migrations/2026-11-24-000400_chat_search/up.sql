-- Full-text search in messages.

-- The number by which the index knows a message. ChatMessages has no such number of its own: its row numbers
-- may change when the file is vacuumed, and so in every backup.
CREATE TABLE ChatSearchEntries (
    Id TEXT NOT NULL CONSTRAINT UQ_ChatSearchEntries_Id UNIQUE
        REFERENCES ChatMessages (Id) ON UPDATE CASCADE ON DELETE CASCADE,
    RowNumber INTEGER PRIMARY KEY NOT NULL
) STRICT;

-- What the index was made of, so that it needs no copy of the texts.
CREATE VIEW ChatSearchContents AS
SELECT e.RowNumber, m.Content
FROM ChatSearchEntries AS e
JOIN ChatMessages AS m ON m.Id = e.Id;

CREATE VIRTUAL TABLE ChatSearch USING fts5 (
    Content,
    content = 'ChatSearchContents',
    content_rowid = 'RowNumber',
    tokenize = 'unicode61 remove_diacritics 2'
);

INSERT INTO ChatSearchEntries (Id) SELECT Id FROM ChatMessages ORDER BY Timestamp, Id;
INSERT INTO ChatSearch (ChatSearch) VALUES ('rebuild');

CREATE TRIGGER TR_ChatMessages_SearchInsert AFTER INSERT ON ChatMessages
BEGIN
    INSERT INTO ChatSearchEntries (Id) VALUES (NEW.Id);
    INSERT INTO ChatSearch (rowid, Content)
    SELECT RowNumber, NEW.Content FROM ChatSearchEntries WHERE Id = NEW.Id;
END;

CREATE TRIGGER TR_ChatMessages_SearchUpdate AFTER UPDATE OF Content ON ChatMessages
WHEN NEW.Content <> OLD.Content
BEGIN
    INSERT INTO ChatSearch (ChatSearch, rowid, Content)
    SELECT 'delete', RowNumber, OLD.Content FROM ChatSearchEntries WHERE Id = NEW.Id;
    INSERT INTO ChatSearch (rowid, Content)
    SELECT RowNumber, NEW.Content FROM ChatSearchEntries WHERE Id = NEW.Id;
END;

-- Before the deletion, while the number is still known.
CREATE TRIGGER TR_ChatMessages_SearchDelete BEFORE DELETE ON ChatMessages
BEGIN
    INSERT INTO ChatSearch (ChatSearch, rowid, Content)
    SELECT 'delete', RowNumber, OLD.Content FROM ChatSearchEntries WHERE Id = OLD.Id;
    DELETE FROM ChatSearchEntries WHERE Id = OLD.Id;
END;
