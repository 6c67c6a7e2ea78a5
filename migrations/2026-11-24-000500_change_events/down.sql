DROP TABLE ChangeEvents;
