DROP TABLE Tasks;
DROP TABLE WorkflowExecutions;
DROP TABLE WorkflowDefinitions;
DROP TABLE AgentSessions;
DROP TABLE Agents;
DROP TABLE Repositories;
