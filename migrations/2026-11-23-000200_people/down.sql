DROP TABLE ApprovalRequests;
DROP TABLE UserPreferences;
DROP TABLE Users;
