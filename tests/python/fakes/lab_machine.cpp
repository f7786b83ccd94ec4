// Stands in for labs/machine: three tests of twice(), and the report that the runner reads.
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "doubling.hpp"

namespace lab {

// Only the second of the made-up labs has it.
__attribute__((weak)) int four_times(int number);

}  // namespace lab

namespace {

const char* const names[] = {"Small.Two", "Small.Minus", "Large.Seeded"};
FILE* report;
const char* present = "";
int seed = 1;

void say(const std::string& event, const std::string& more) {
  std::fprintf(report, "{\"event\":\"%s\",\"test\":\"%s\",\"seed\":%d%s}\n", event.c_str(), present,
               seed, more.c_str());
  std::fflush(report);
}

void on_signal(int number) {
  const bool endless = number == SIGPROF;
  say(endless ? "endless" : "crash", ",\"story\":\"1. it began\",\"hint\":\"signs\",\"why\":\"" +
                                         std::string(endless ? "no end" : strsignal(number)) +
                                         "\"");
  _exit(1);
}

// "A.*:B.c-D.e": what comes behind the hyphen is left out.
bool in_list(const std::string& list, const std::string& name) {
  std::size_t begin = 0;
  while (begin < list.size()) {
    const std::size_t end = std::min(list.find(':', begin), list.size());
    const std::string one = list.substr(begin, end - begin);
    if (one == name || one == "*") return true;
    if (one.ends_with(".*") && name.starts_with(one.substr(0, one.size() - 1))) return true;
    begin = end + 1;
  }
  return false;
}

bool chosen(const std::string& filter, const std::string& name) {
  const std::size_t hyphen = std::min(filter.find('-'), filter.size());
  const std::string without = hyphen < filter.size() ? filter.substr(hyphen + 1) : "";
  return in_list(filter.substr(0, hyphen), name) && !in_list(without, name);
}

bool run(int test) {
  if (test == 0) return lab::twice(2) == 4 && (!lab::four_times || lab::four_times(2) == 8);
  if (test == 1) return lab::twice(-3) == -6;
  return lab::twice(10 + seed) == 20 + 2 * seed;
}

bool run_all(const std::string& filter) {
  bool passed = true;
  for (int test = 0; test < 3; ++test) {
    present = names[test];
    if (!chosen(filter, present)) continue;
    say("start", "");
    const bool good = run(test);
    passed = passed && good;
    say("end", std::string(",\"passed\":") + (good ? "true" : "false") +
                   ",\"story\":\"1. twice is asked\\n2. it is "
                   "wrong\",\"hint\":\"begin\",\"seconds\":0.01");
  }
  return passed;
}

}  // namespace

int main(int argc, char** argv) {
  std::string filter = "*";
  int repeat = 1;
  double limit_s = 2;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--yardstick") return std::puts("0.001") < 0;
    if (word.starts_with("--gtest_filter=")) filter = word.substr(15);
    if (word == "--report") report = std::fopen(argv[++i], "a");
    if (word == "--seed") seed = std::atoi(argv[++i]);
    if (word == "--repeat") repeat = std::atoi(argv[++i]);
    if (word == "--limit") limit_s = std::atof(argv[++i]);
  }
  for (const int number : {SIGSEGV, SIGABRT, SIGPROF}) signal(number, on_signal);
  const itimerval limit{{}, {static_cast<time_t>(limit_s), 200'000}};
  setitimer(ITIMER_PROF, &limit, nullptr);
  bool passed = true;
  for (int i = 0; i < repeat; ++i, ++seed) passed = run_all(filter) && passed;
  return passed ? 0 : 1;
}
