# Runs the steps of a tour in order. A step that fails is named with its error, and lets the process end with 1.
PORT = Integer(ARGV[0])
PASSWORD = ARGV[1]
OPTIONS = { host: '127.0.0.1', port: PORT, password: PASSWORD }.compact.freeze
STEPS = []

def step(name, &run)
  STEPS << [name, run]
end

def equal(expected, actual)
  raise "expected #{expected.inspect}, got #{actual.inspect}" unless expected == actual
end

def between(low, high, actual)
  raise "expected #{low} to #{high}, got #{actual.inspect}" unless actual.between?(low, high)
end

def raises(kind, message = nil)
  yield
rescue kind => error
  equal(message, error.message) if message
else
  raise "no #{kind} was raised"
end

# Waits until something is so; what other threads and the clock cause takes a moment to show.
def until_so(what)
  limit = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 10
  until yield
    raise "It did not come about in time: #{what}" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > limit
    sleep 0.01
  end
end

def run_tour
  failed = STEPS.count do |name, run|
    run.call
    false
  rescue StandardError => error
    warn "step failed: #{name}\n#{error.full_message(highlight: false)}"
    true
  end
  puts "#{STEPS.size - failed} of #{STEPS.size} steps passed"
  exit(failed.zero? ? 0 : 1)
end
