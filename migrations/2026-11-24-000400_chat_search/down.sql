DROP TRIGGER TR_ChatMessages_SearchDelete;
DROP TRIGGER TR_ChatMessages_SearchUpdate;
DROP TRIGGER TR_ChatMessages_SearchInsert;
DROP TABLE ChatSearch;
DROP VIEW ChatSearchContents;
DROP TABLE ChatSearchEntries;
