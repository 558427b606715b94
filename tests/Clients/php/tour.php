<?php

// Runs the steps of a tour in order. A step that fails is named with its error, and lets the process end with 1.
error_reporting(E_ALL & ~E_DEPRECATED);
set_error_handler(static function (int $level, string $message, string $file, int $line): bool {
    if (($level & error_reporting()) === 0) {
        return false;
    }
    throw new ErrorException($message, 0, $level, $file, $line);
});

const HOST = '127.0.0.1';
define('PORT', (int) $argv[1]);
define('PASSWORD', $argv[2] ?? null);

$steps = [];

function step(string $name, callable $run): void
{
    global $steps;
    $steps[$name] = $run;
}

function same(mixed $expected, mixed $actual): void
{
    if ($expected !== $actual) {
        throw new RuntimeException('expected ' . var_export($expected, true) . ', got ' . var_export($actual, true));
    }
}

function between(int|float $low, int|float $high, mixed $actual): void
{
    if (!is_numeric($actual) || $actual < $low || $actual > $high) {
        throw new RuntimeException("expected $low to $high, got " . var_export($actual, true));
    }
}

function raises(string $kind, callable $run, ?string $message = null): void
{
    try {
        $run();
    } catch (Throwable $error) {
        if (!$error instanceof $kind) {
            throw $error;
        }
        if ($message !== null) {
            same($message, $error->getMessage());
        }
        return;
    }
    throw new RuntimeException("no $kind was raised");
}

/** Waits until something is so; what other connections and the clock cause takes a moment to show. */
function until(callable $isSo, string $what): void
{
    $end = microtime(true) + 10;
    while (!$isSo()) {
        if (microtime(true) > $end) {
            throw new RuntimeException("It did not come about in time: $what");
        }
        usleep(10_000);
    }
}

/** Runs PHP in a process of its own, with the port and the password as its arguments, and gives what it reads from. */
function other(string $code): mixed
{
    $pipes = [];
    $process = proc_open([PHP_BINARY, '-r', $code, '--', (string) PORT, PASSWORD ?? ''], [1 => ['pipe', 'w']], $pipes);
    register_shutdown_function(static fn () => proc_terminate($process));
    return $pipes[1];
}

function run(): never
{
    global $steps;
    $failed = 0;
    foreach ($steps as $name => $run) {
        try {
            $run();
        } catch (Throwable $error) {
            $failed++;
            fwrite(STDERR, "step failed: $name\n$error\n");
        }
    }
    printf("%d of %d steps passed\n", count($steps) - $failed, count($steps));
    exit($failed === 0 ? 0 : 1);
}
