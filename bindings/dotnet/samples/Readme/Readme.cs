using System;
using Orchestra.Store;

static class Program
{
    static int Main(string[] args)
    {
        try
        {
            using (OrchestraStore store = OrchestraStore.Open(args[0]))
            {
                store.RegisterAgent("{\"Id\":\"ada\",\"Name\":\"Ada\",\"Type\":\"claude-code\",\"RepositoryPath\":\"/src/app\"}");
                store.EnqueueTask("{\"Command\":\"Fix the build\",\"RepositoryPath\":\"/src/app\",\"Priority\":\"High\"}");
                foreach (string task in JsonText.Elements(store.ClaimTasksForAgent("ada")))
                {
                    string id = JsonText.Property(task, "Id"), token = JsonText.Property(task, "LeaseToken");
                    store.StartTask(id, token);
                    store.CompleteTask(id, token, "It builds.");
                    Console.WriteLine(JsonText.Property(store.GetTask(id), "Status")); // Completed
                }
            }
            return 0;
        }
        catch (OrchestraException e)
        {
            Console.Error.WriteLine(e.Code + ": " + e.Message + " " + e.Details);
            return e.IsRetryable ? 75 : 1;
        }
    }
}
