Console.WriteLine("respkv");
