DROP TABLE ChatMessages;
DROP TABLE ChatSessions;
