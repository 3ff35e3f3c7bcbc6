#include "sandbox/testing/host-fixture.h"
#include <cstdio>
#include <chrono>
#include <fstream>
using namespace troop; using namespace troop::sandbox; using namespace troop::sandbox::testing;
using clk=std::chrono::steady_clock; static double us(clk::duration d){return std::chrono::duration<double,std::micro>(d).count();}
long rss(){ long a,b; std::ifstream("/proc/self/statm")>>a>>b; return b*4; }
int main(){
  TemporaryFolder f; Host host{{.carriers=2,.cacheDirectory=f.path()/"c",.guestsMax=1100}};
  auto img=host.compile(f.write("e.wat",wat({.onCall=std::string(echoBody)})));
  { auto t=clk::now(); auto i2=host.compile(f.path()/"e.wat"); printf("compile cached %.0f us\n",us(clk::now()-t)); }
  Guest g=host.spawn(img,{.limits={.callsQueued=10000}}); number(ask(g,1));
  auto t=clk::now(); int n=50000; for(int i=0;i<n;i++) number(ask(g,1)); printf("OS thread call %.2f us\n",us(clk::now()-t)/n);
  host.process().run([&]{ auto t=clk::now(); int n=100000; for(int i=0;i<n;i++) number(ask(g,1)); printf("Task call %.2f us\n",us(clk::now()-t)/n); });
  host.process().run([&]{ auto t=clk::now(); int n=200; for(int i=0;i<n;i++){ std::vector<Ref<proxy::Answer>> a; for(int j=0;j<1000;j++) a.push_back(ask(g,j)); for(auto&x:a) x->wait(); } printf("pipelined call %.2f us\n",us(clk::now()-t)/n/1000); });
  auto u=g.usage(); printf("cpu per call %.2f us slices %lu calls %lu\n", us(u.cpu)/u.callsServed,u.slices,u.callsServed);
  { auto t=clk::now(); long r0=rss(); std::vector<Guest> v; for(int i=0;i<1000;i++) v.push_back(host.spawn(img)); double sp=us(clk::now()-t)/1000; for(auto&x:v) number(ask(x,1)); printf("spawn %.1f us, with first call %.1f us, rss +%.1f KiB each\n",sp,us(clk::now()-t)/1000,(rss()-r0)/1000.0); t=clk::now(); for(auto&x:v) x.kill("x"); for(auto&x:v) (void)x.waitEnd(); printf("kill %.1f us\n",us(clk::now()-t)/1000); }
}
