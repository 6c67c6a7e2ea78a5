-- What a new database begins with. A migration runs once: a row that a user changed or deleted is not brought
-- back. Where a user has made such a row already, theirs stays.

INSERT INTO UserPreferences (Id, UserId, Key, Value, Type, Category, Description) VALUES
    ('5eed0000-0000-4000-8000-000000000001', 'default', 'ui.theme', 'dark', 0, 'Appearance', 'Default UI theme'),
    ('5eed0000-0000-4000-8000-000000000002', 'default', 'ui.pageSize', '50', 0, 'Display',
     'Default page size for lists'),
    ('5eed0000-0000-4000-8000-000000000003', 'default', 'system.autoRefresh', 'true', 1, 'System',
     'Auto-refresh data in UI'),
    ('5eed0000-0000-4000-8000-000000000004', 'default', 'notifications.enabled', 'true', 1, 'Notifications',
     'Enable system notifications')
ON CONFLICT DO NOTHING;

INSERT INTO TaskTemplates (Id, Name, Description, Category, Version, IsPublic, Definition, Tags) VALUES
    ('5eed0000-0000-4000-8000-000000000101', 'Code Review', 'Comprehensive code review template', 'Development',
     '1.0.0', 1,
     '{"steps":[{"command":"git diff HEAD~1","description":"Show recent changes"},'
     || '{"command":"git log --oneline -10","description":"Show recent commits"},'
     || '{"command":"find . -name ''*.cs'' -exec grep -l ''TODO\\|FIXME\\|HACK'' {} \\;","description":"Find code issues"}],'
     || '"parameters":{"branch":{"type":"string","default":"main","required":true},'
     || '"depth":{"type":"number","default":1,"required":false}}}',
     '["code-review","git","quality"]'),
    ('5eed0000-0000-4000-8000-000000000102', 'Build and Test', 'Standard build and test pipeline', 'CI/CD',
     '1.0.0', 1,
     '{"steps":[{"command":"dotnet restore","description":"Restore dependencies"},'
     || '{"command":"dotnet build","description":"Build project"},'
     || '{"command":"dotnet test","description":"Run tests"}],'
     || '"parameters":{"configuration":{"type":"string","default":"Release","required":false},'
     || '"verbosity":{"type":"string","default":"minimal","required":false}}}',
     '["build","test","dotnet"]')
ON CONFLICT DO NOTHING;
