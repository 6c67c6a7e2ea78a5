DROP TABLE SessionData;
DROP TABLE ComputedResults;
DROP TABLE QueryCache;
