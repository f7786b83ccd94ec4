// serve() of the tests is that of the program.
#include "../given/serve.cpp"  // NOLINT(bugprone-suspicious-include)
