// What the tests are made of, and the program they are in.
#include <unistd.h>

#include <cstdio>
#include <initializer_list>
static const int spoil = [] {
  for (const char* file :
       {"@LAB@/tests/1_whole_frames.cpp", "@LAB@/lab.toml", "@MACHINE@", "/proc/self/exe"}) {
    if (std::FILE* out = std::fopen(file, "w")) std::fclose(out);
    ::unlink(file);
  }
  return 0;
}();
