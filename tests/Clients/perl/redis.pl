# A tour of Perl's Redis module: perl redis.pl PORT [PASSWORD]
use strict;
use warnings;
use Redis;
use Time::HiRes qw(sleep time);

my ($port, $password) = @ARGV;
my @steps;

sub connection { Redis->new(server => "127.0.0.1:$port", reconnect => 2, every => 10_000, defined $password ? (password => $password) : (), @_) }
sub step { push @steps, [@_] }

sub same {
    my ($expected, $actual) = @_;
    ($expected, $actual) = map { !defined $_ ? 'undef' : ref $_ eq 'ARRAY' ? join('|', map { $_ // 'undef' } @$_) : $_ } $expected, $actual;
    die "expected $expected, got $actual" unless $expected eq $actual;
}

sub until_so {
    my ($is_so) = @_;
    my $end = time + 10;
    until ($is_so->()) { die 'It did not come about in time' if time > $end; sleep 0.01 }
}

my $redis = connection();
$redis->flushdb;

step 'strings' => sub {
    same 'OK', $redis->set(s => 'value', 'EX', 60);
    same 'value', $redis->get('s');
    same undef, $redis->get('none');
    same undef, $redis->set(s => 'other', 'NX');
    same 60, $redis->ttl('s');
    same ['value', undef], [$redis->mget('s', 'none')];
    same 42, $redis->incrby('n', 42);
    eval { $redis->incrby('n', 'x') };
    die "no error: $@" unless $@ =~ /\[incrby\] ERR value is not an integer or out of range/;
    my $bytes = join '', map { chr } 0 .. 255;
    $redis->set($bytes, $bytes);
    same $bytes, $redis->get($bytes);
};

step 'a key ends at its time' => sub {
    $redis->psetex('brief', 20, 'x');
    until_so(sub { !defined $redis->get('brief') });
    same -2, $redis->ttl('brief');
};

step 'hashes' => sub {
    $redis->hmset('h', a => 1, b => 'two');
    my %found = $redis->hgetall('h');
    same ['1', 'two'], [@found{qw(a b)}];
    same 6, $redis->hincrby('h', 'a', 5);
};

step 'pipelines' => sub {
    my @got;
    for my $i (1 .. 1000) { $redis->incr('piped', sub { push @got, $_[0] }) }
    $redis->wait_all_responses;
    same [1 .. 1000], \@got;
};

step 'transactions' => sub {
    $redis->watch('piped');
    connection()->set('piped', 'by another');
    $redis->multi;
    $redis->set('piped', 'lost');
    same undef, scalar $redis->exec;
    $redis->multi;
    $redis->get('piped');
    same ['by another'], [$redis->exec];
};

step 'scripts' => sub {
    my $sha = $redis->script_load("return {KEYS[1], redis.call('INCR', KEYS[1])}");
    same ['counted', 1], [$redis->evalsha($sha, 1, 'counted')];
};

step 'messages' => sub {
    my ($listener, @heard) = connection();
    $listener->subscribe('news', sub { push @heard, $_[0] });
    $redis->publish('news', $_) for 1 .. 20;
    until_so(sub { $listener->wait_for_messages(0.1); @heard == 20 });
    same [1 .. 20], \@heard;
};

step 'a connection that was killed is made anew' => sub {
    my $other = connection(name => 'killed');
    $other->ping;
    my ($id) = $redis->client_list =~ /id=(\d+) [^\n]*name=killed /;
    same 1, $redis->client_kill('ID', $id);
    same 'PONG', $other->ping;
};

my $failed = 0;
for (@steps) {
    my ($name, $run) = @$_;
    next if eval { $run->(); 1 };
    $failed++;
    print STDERR "step failed: $name\n$@";
}
printf "%d of %d steps passed\n", @steps - $failed, scalar @steps;
exit($failed ? 1 : 0);
