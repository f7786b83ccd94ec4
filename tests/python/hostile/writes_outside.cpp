#include <cstdio>
#include <initializer_list>
static const int litter = [] {
  for (const char* file : {"@OUTSIDE@/written", "/tmp/@MARK@", "/etc/@MARK@", "@ROOT@/@MARK@"}) {
    if (std::FILE* out = std::fopen(file, "w")) {
      std::fputs("here I was", out);
      std::fclose(out);
    }
  }
  return 0;
}();
