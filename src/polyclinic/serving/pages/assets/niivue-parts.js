import{n as e,r as t,t as n}from"./rolldown-runtime.js";import{s as r}from"./index.js";var i=typeof Float32Array<`u`?Float32Array:Array;function a(){var e=new i(9);return i!=Float32Array&&(e[1]=0,e[2]=0,e[3]=0,e[5]=0,e[6]=0,e[7]=0),e[0]=1,e[4]=1,e[8]=1,e}function o(e,t){return e[0]=t[0],e[1]=t[1],e[2]=t[2],e[3]=t[4],e[4]=t[5],e[5]=t[6],e[6]=t[8],e[7]=t[9],e[8]=t[10],e}function s(e,t,n,r,a,o,s,c,l){var u=new i(9);return u[0]=e,u[1]=t,u[2]=n,u[3]=r,u[4]=a,u[5]=o,u[6]=s,u[7]=c,u[8]=l,u}function c(e,t){var n=t[0],r=t[1],i=t[2],a=t[3],o=t[4],s=t[5],c=t[6],l=t[7],u=t[8],d=u*o-s*l,f=-u*a+s*c,p=l*a-o*c,m=n*d+r*f+i*p;return m?(m=1/m,e[0]=d*m,e[1]=(-u*r+i*l)*m,e[2]=(s*r-i*o)*m,e[3]=f*m,e[4]=(u*n-i*c)*m,e[5]=(-s*n+i*a)*m,e[6]=p*m,e[7]=(-l*n+r*c)*m,e[8]=(o*n-r*a)*m,e):null}function l(e,t,n){var r=t[0],i=t[1],a=t[2],o=t[3],s=t[4],c=t[5],l=t[6],u=t[7],d=t[8],f=n[0],p=n[1],m=n[2],h=n[3],g=n[4],_=n[5],v=n[6],y=n[7],b=n[8];return e[0]=f*r+p*o+m*l,e[1]=f*i+p*s+m*u,e[2]=f*a+p*c+m*d,e[3]=h*r+g*o+_*l,e[4]=h*i+g*s+_*u,e[5]=h*a+g*c+_*d,e[6]=v*r+y*o+b*l,e[7]=v*i+y*s+b*u,e[8]=v*a+y*c+b*d,e}function u(){var e=new i(16);return i!=Float32Array&&(e[1]=0,e[2]=0,e[3]=0,e[4]=0,e[6]=0,e[7]=0,e[8]=0,e[9]=0,e[11]=0,e[12]=0,e[13]=0,e[14]=0),e[0]=1,e[5]=1,e[10]=1,e[15]=1,e}function d(e){var t=new i(16);return t[0]=e[0],t[1]=e[1],t[2]=e[2],t[3]=e[3],t[4]=e[4],t[5]=e[5],t[6]=e[6],t[7]=e[7],t[8]=e[8],t[9]=e[9],t[10]=e[10],t[11]=e[11],t[12]=e[12],t[13]=e[13],t[14]=e[14],t[15]=e[15],t}function f(e,t){return e[0]=t[0],e[1]=t[1],e[2]=t[2],e[3]=t[3],e[4]=t[4],e[5]=t[5],e[6]=t[6],e[7]=t[7],e[8]=t[8],e[9]=t[9],e[10]=t[10],e[11]=t[11],e[12]=t[12],e[13]=t[13],e[14]=t[14],e[15]=t[15],e}function p(e,t,n,r,a,o,s,c,l,u,d,f,p,m,h,g){var _=new i(16);return _[0]=e,_[1]=t,_[2]=n,_[3]=r,_[4]=a,_[5]=o,_[6]=s,_[7]=c,_[8]=l,_[9]=u,_[10]=d,_[11]=f,_[12]=p,_[13]=m,_[14]=h,_[15]=g,_}function m(e){return e[0]=1,e[1]=0,e[2]=0,e[3]=0,e[4]=0,e[5]=1,e[6]=0,e[7]=0,e[8]=0,e[9]=0,e[10]=1,e[11]=0,e[12]=0,e[13]=0,e[14]=0,e[15]=1,e}function h(e,t){if(e===t){var n=t[1],r=t[2],i=t[3],a=t[6],o=t[7],s=t[11];e[1]=t[4],e[2]=t[8],e[3]=t[12],e[4]=n,e[6]=t[9],e[7]=t[13],e[8]=r,e[9]=a,e[11]=t[14],e[12]=i,e[13]=o,e[14]=s}else e[0]=t[0],e[1]=t[4],e[2]=t[8],e[3]=t[12],e[4]=t[1],e[5]=t[5],e[6]=t[9],e[7]=t[13],e[8]=t[2],e[9]=t[6],e[10]=t[10],e[11]=t[14],e[12]=t[3],e[13]=t[7],e[14]=t[11],e[15]=t[15];return e}function g(e,t){var n=t[0],r=t[1],i=t[2],a=t[3],o=t[4],s=t[5],c=t[6],l=t[7],u=t[8],d=t[9],f=t[10],p=t[11],m=t[12],h=t[13],g=t[14],_=t[15],v=n*s-r*o,y=n*c-i*o,b=n*l-a*o,x=r*c-i*s,S=r*l-a*s,C=i*l-a*c,w=u*h-d*m,T=u*g-f*m,E=u*_-p*m,D=d*g-f*h,O=d*_-p*h,k=f*_-p*g,A=v*k-y*O+b*D+x*E-S*T+C*w;return A?(A=1/A,e[0]=(s*k-c*O+l*D)*A,e[1]=(i*O-r*k-a*D)*A,e[2]=(h*C-g*S+_*x)*A,e[3]=(f*S-d*C-p*x)*A,e[4]=(c*E-o*k-l*T)*A,e[5]=(n*k-i*E+a*T)*A,e[6]=(g*b-m*C-_*y)*A,e[7]=(u*C-f*b+p*y)*A,e[8]=(o*O-s*E+l*w)*A,e[9]=(r*E-n*O-a*w)*A,e[10]=(m*S-h*b+_*v)*A,e[11]=(d*b-u*S-p*v)*A,e[12]=(s*T-o*D-c*w)*A,e[13]=(n*D-r*T+i*w)*A,e[14]=(h*y-m*x-g*v)*A,e[15]=(u*x-d*y+f*v)*A,e):null}function _(e,t,n){var r=t[0],i=t[1],a=t[2],o=t[3],s=t[4],c=t[5],l=t[6],u=t[7],d=t[8],f=t[9],p=t[10],m=t[11],h=t[12],g=t[13],_=t[14],v=t[15],y=n[0],b=n[1],x=n[2],S=n[3];return e[0]=y*r+b*s+x*d+S*h,e[1]=y*i+b*c+x*f+S*g,e[2]=y*a+b*l+x*p+S*_,e[3]=y*o+b*u+x*m+S*v,y=n[4],b=n[5],x=n[6],S=n[7],e[4]=y*r+b*s+x*d+S*h,e[5]=y*i+b*c+x*f+S*g,e[6]=y*a+b*l+x*p+S*_,e[7]=y*o+b*u+x*m+S*v,y=n[8],b=n[9],x=n[10],S=n[11],e[8]=y*r+b*s+x*d+S*h,e[9]=y*i+b*c+x*f+S*g,e[10]=y*a+b*l+x*p+S*_,e[11]=y*o+b*u+x*m+S*v,y=n[12],b=n[13],x=n[14],S=n[15],e[12]=y*r+b*s+x*d+S*h,e[13]=y*i+b*c+x*f+S*g,e[14]=y*a+b*l+x*p+S*_,e[15]=y*o+b*u+x*m+S*v,e}function v(e,t,n){var r=n[0],i=n[1],a=n[2],o,s,c,l,u,d,f,p,m,h,g,_;return t===e?(e[12]=t[0]*r+t[4]*i+t[8]*a+t[12],e[13]=t[1]*r+t[5]*i+t[9]*a+t[13],e[14]=t[2]*r+t[6]*i+t[10]*a+t[14],e[15]=t[3]*r+t[7]*i+t[11]*a+t[15]):(o=t[0],s=t[1],c=t[2],l=t[3],u=t[4],d=t[5],f=t[6],p=t[7],m=t[8],h=t[9],g=t[10],_=t[11],e[0]=o,e[1]=s,e[2]=c,e[3]=l,e[4]=u,e[5]=d,e[6]=f,e[7]=p,e[8]=m,e[9]=h,e[10]=g,e[11]=_,e[12]=o*r+u*i+m*a+t[12],e[13]=s*r+d*i+h*a+t[13],e[14]=c*r+f*i+g*a+t[14],e[15]=l*r+p*i+_*a+t[15]),e}function y(e,t,n){var r=n[0],i=n[1],a=n[2];return e[0]=t[0]*r,e[1]=t[1]*r,e[2]=t[2]*r,e[3]=t[3]*r,e[4]=t[4]*i,e[5]=t[5]*i,e[6]=t[6]*i,e[7]=t[7]*i,e[8]=t[8]*a,e[9]=t[9]*a,e[10]=t[10]*a,e[11]=t[11]*a,e[12]=t[12],e[13]=t[13],e[14]=t[14],e[15]=t[15],e}function b(e,t,n){var r=Math.sin(n),i=Math.cos(n),a=t[4],o=t[5],s=t[6],c=t[7],l=t[8],u=t[9],d=t[10],f=t[11];return t!==e&&(e[0]=t[0],e[1]=t[1],e[2]=t[2],e[3]=t[3],e[12]=t[12],e[13]=t[13],e[14]=t[14],e[15]=t[15]),e[4]=a*i+l*r,e[5]=o*i+u*r,e[6]=s*i+d*r,e[7]=c*i+f*r,e[8]=l*i-a*r,e[9]=u*i-o*r,e[10]=d*i-s*r,e[11]=f*i-c*r,e}function x(e,t,n){var r=Math.sin(n),i=Math.cos(n),a=t[0],o=t[1],s=t[2],c=t[3],l=t[8],u=t[9],d=t[10],f=t[11];return t!==e&&(e[4]=t[4],e[5]=t[5],e[6]=t[6],e[7]=t[7],e[12]=t[12],e[13]=t[13],e[14]=t[14],e[15]=t[15]),e[0]=a*i-l*r,e[1]=o*i-u*r,e[2]=s*i-d*r,e[3]=c*i-f*r,e[8]=a*r+l*i,e[9]=o*r+u*i,e[10]=s*r+d*i,e[11]=c*r+f*i,e}function S(e,t,n){var r=Math.sin(n),i=Math.cos(n),a=t[0],o=t[1],s=t[2],c=t[3],l=t[4],u=t[5],d=t[6],f=t[7];return t!==e&&(e[8]=t[8],e[9]=t[9],e[10]=t[10],e[11]=t[11],e[12]=t[12],e[13]=t[13],e[14]=t[14],e[15]=t[15]),e[0]=a*i+l*r,e[1]=o*i+u*r,e[2]=s*i+d*r,e[3]=c*i+f*r,e[4]=l*i-a*r,e[5]=u*i-o*r,e[6]=d*i-s*r,e[7]=f*i-c*r,e}function C(e,t,n){var r=n[0],i=n[1],a=n[2],o=Math.sqrt(r*r+i*i+a*a),s,c,l;return o<1e-6?null:(o=1/o,r*=o,i*=o,a*=o,s=Math.sin(t),c=Math.cos(t),l=1-c,e[0]=r*r*l+c,e[1]=i*r*l+a*s,e[2]=a*r*l-i*s,e[3]=0,e[4]=r*i*l-a*s,e[5]=i*i*l+c,e[6]=a*i*l+r*s,e[7]=0,e[8]=r*a*l+i*s,e[9]=i*a*l-r*s,e[10]=a*a*l+c,e[11]=0,e[12]=0,e[13]=0,e[14]=0,e[15]=1,e)}function w(e,t,n,r,i,a,o){var s=1/(t-n),c=1/(r-i),l=1/(a-o);return e[0]=-2*s,e[1]=0,e[2]=0,e[3]=0,e[4]=0,e[5]=-2*c,e[6]=0,e[7]=0,e[8]=0,e[9]=0,e[10]=2*l,e[11]=0,e[12]=(t+n)*s,e[13]=(i+r)*c,e[14]=(o+a)*l,e[15]=1,e}var T=w;function E(e,t,n){return e[0]=t[0]*n,e[1]=t[1]*n,e[2]=t[2]*n,e[3]=t[3]*n,e[4]=t[4]*n,e[5]=t[5]*n,e[6]=t[6]*n,e[7]=t[7]*n,e[8]=t[8]*n,e[9]=t[9]*n,e[10]=t[10]*n,e[11]=t[11]*n,e[12]=t[12]*n,e[13]=t[13]*n,e[14]=t[14]*n,e[15]=t[15]*n,e}var D=_;function O(){var e=new i(3);return i!=Float32Array&&(e[0]=0,e[1]=0,e[2]=0),e}function k(e){var t=new i(3);return t[0]=e[0],t[1]=e[1],t[2]=e[2],t}function A(e){var t=e[0],n=e[1],r=e[2];return Math.sqrt(t*t+n*n+r*r)}function j(e,t,n){var r=new i(3);return r[0]=e,r[1]=t,r[2]=n,r}function M(e,t){return e[0]=t[0],e[1]=t[1],e[2]=t[2],e}function N(e,t,n){return e[0]=t[0]+n[0],e[1]=t[1]+n[1],e[2]=t[2]+n[2],e}function P(e,t,n){return e[0]=t[0]-n[0],e[1]=t[1]-n[1],e[2]=t[2]-n[2],e}function ee(e,t,n){return e[0]=Math.min(t[0],n[0]),e[1]=Math.min(t[1],n[1]),e[2]=Math.min(t[2],n[2]),e}function te(e,t,n){return e[0]=Math.max(t[0],n[0]),e[1]=Math.max(t[1],n[1]),e[2]=Math.max(t[2],n[2]),e}function ne(e,t,n){return e[0]=t[0]*n,e[1]=t[1]*n,e[2]=t[2]*n,e}function re(e,t){var n=t[0]-e[0],r=t[1]-e[1],i=t[2]-e[2];return Math.sqrt(n*n+r*r+i*i)}function ie(e,t){return e[0]=-t[0],e[1]=-t[1],e[2]=-t[2],e}function F(e,t){var n=t[0],r=t[1],i=t[2],a=n*n+r*r+i*i;return a>0&&(a=1/Math.sqrt(a)),e[0]=t[0]*a,e[1]=t[1]*a,e[2]=t[2]*a,e}function ae(e,t){return e[0]*t[0]+e[1]*t[1]+e[2]*t[2]}function oe(e,t,n){var r=t[0],i=t[1],a=t[2],o=n[0],s=n[1],c=n[2];return e[0]=i*c-a*s,e[1]=a*o-r*c,e[2]=r*s-i*o,e}function se(e,t,n,r){var i=t[0],a=t[1],o=t[2];return e[0]=i+r*(n[0]-i),e[1]=a+r*(n[1]-a),e[2]=o+r*(n[2]-o),e}function ce(e,t,n){var r=t[0],i=t[1],a=t[2];return e[0]=r*n[0]+i*n[3]+a*n[6],e[1]=r*n[1]+i*n[4]+a*n[7],e[2]=r*n[2]+i*n[5]+a*n[8],e}function le(e,t){var n=e[0],r=e[1],i=e[2],a=t[0],o=t[1],s=t[2],c=Math.sqrt((n*n+r*r+i*i)*(a*a+o*o+s*s)),l=c&&ae(e,t)/c;return Math.acos(Math.min(Math.max(l,-1),1))}function ue(e,t){var n=e[0],r=e[1],i=e[2],a=t[0],o=t[1],s=t[2];return Math.abs(n-a)<=1e-6*Math.max(1,Math.abs(n),Math.abs(a))&&Math.abs(r-o)<=1e-6*Math.max(1,Math.abs(r),Math.abs(o))&&Math.abs(i-s)<=1e-6*Math.max(1,Math.abs(i),Math.abs(s))}var de=P,fe=A;(function(){var e=O();return function(t,n,r,i,a,o){var s,c;for(n||=3,r||=0,c=i?Math.min(i*n+r,t.length):t.length,s=r;s<c;s+=n)e[0]=t[s],e[1]=t[s+1],e[2]=t[s+2],a(e,e,o),t[s]=e[0],t[s+1]=e[1],t[s+2]=e[2];return t}})();function pe(){var e=new i(4);return i!=Float32Array&&(e[0]=0,e[1]=0,e[2]=0,e[3]=0),e}function me(e){var t=new i(4);return t[0]=e[0],t[1]=e[1],t[2]=e[2],t[3]=e[3],t}function I(e,t,n,r){var a=new i(4);return a[0]=e,a[1]=t,a[2]=n,a[3]=r,a}function he(e,t,n){return e[0]=t[0]+n[0],e[1]=t[1]+n[1],e[2]=t[2]+n[2],e[3]=t[3]+n[3],e}function ge(e,t,n){return e[0]=t[0]-n[0],e[1]=t[1]-n[1],e[2]=t[2]-n[2],e[3]=t[3]-n[3],e}function _e(e,t,n){return e[0]=t[0]*n,e[1]=t[1]*n,e[2]=t[2]*n,e[3]=t[3]*n,e}function L(e,t,n){var r=t[0],i=t[1],a=t[2],o=t[3];return e[0]=n[0]*r+n[4]*i+n[8]*a+n[12]*o,e[1]=n[1]*r+n[5]*i+n[9]*a+n[13]*o,e[2]=n[2]*r+n[6]*i+n[10]*a+n[14]*o,e[3]=n[3]*r+n[7]*i+n[11]*a+n[15]*o,e}var ve=ge;(function(){var e=pe();return function(t,n,r,i,a,o){var s,c;for(n||=4,r||=0,c=i?Math.min(i*n+r,t.length):t.length,s=r;s<c;s+=n)e[0]=t[s],e[1]=t[s+1],e[2]=t[s+2],e[3]=t[s+3],a(e,e,o),t[s]=e[0],t[s+1]=e[1],t[s+2]=e[2],t[s+3]=e[3];return t}})();function ye(){var e=new i(2);return i!=Float32Array&&(e[0]=0,e[1]=0),e}function be(e,t){var n=new i(2);return n[0]=e,n[1]=t,n}(function(){var e=ye();return function(t,n,r,i,a,o){var s,c;for(n||=2,r||=0,c=i?Math.min(i*n+r,t.length):t.length,s=r;s<c;s+=n)e[0]=t[s],e[1]=t[s+1],a(e,e,o),t[s]=e[0],t[s+1]=e[1];return t}})();for(var xe={name:`@niivue/niivue`,version:`0.69.0`,description:`minimal webgl2 nifti image viewer`,types:`./build/niivue/index.d.ts`,main:`./build/niivue/index.js`,type:`module`,unpkg:`./dist/index.min.js`,module:`./build/niivue/index.js`,exports:{".":{import:`./build/niivue/index.js`,types:`./build/niivue/index.d.ts`},"./drawing":{import:`./build/drawing/index.js`,types:`./build/drawing/index.d.ts`},"./utils":{import:`./build/utils/index.js`,types:`./build/utils/index.d.ts`},"./min":{import:`./build/index.min.js`}},scripts:{dev:`vite`,"build:umd":`vite build --config vite.config.js --base=./ && vite build --config vite.config_inject.js --base=./`,build:`tsup --config tsup.config.ts && npm run build:forTests && npm run build:min && npm run build:umd`,"build:forTests":`tsup --config tsup.config.tests.ts && npm run build:mindemos`,"build:min":`node bundle.js`,"build:mindemos":`node bundleForDemos.js`,demo:`npm run build:forTests && rm -rf demos/dist && cp -r dist demos/dist && npx http-server demos/ --cors`,"demo-win":`npm run build && npx http-server demos/`,test:`npm run build:forTests && npm run test:unit && jest --maxWorkers=1`,"test-win":`npm run build-win && jest`,"test-playwright":`npx playwright test --grep-invert "niivue demo file:"`,"test-demos":`npx playwright test playwright/e2e/test.demos.spec.ts`,docs:`typedoc && rm -rf ../docs/docs/api && cp -r devdocs ../docs/docs/api`,"test:unit":`vitest --run --coverage`,"serve-docs":`npx http-server devdocs`,pub:`npm run build && npm publish --access public`,lint:`eslint . --ext .ts`,"lint:ts":`tsc --noEmit`,"lint:fix":`eslint --fix . --ext .ts`,"lint:debug":`DEBUG=eslint:cli-engine eslint . --ext .ts`,"pretest-playwright":`npm run build:forTests && node preplaywrighttest.cjs && tsc --incremental -p playwright/e2e/tsconfig.json`,"pretest-demos":`npm run build:forTests && node preplaywrighttest.cjs && tsc --incremental -p playwright/e2e/tsconfig.json`},files:[`src`,`build`,`dist`],repository:{type:`git`,url:`git+https://github.com/niivue/niivue.git`},keywords:[`niivue`,`webgl2`,`nifti`,`image`,`viewer`],author:`niivue authors`,license:`BSD-2-Clause`,bugs:{url:`https://github.com/niivue/niivue/issues`},homepage:`https://github.com/niivue/niivue#readme`,dependencies:{"@lukeed/uuid":`^2.0.1`,"@ungap/structured-clone":`^1.2.0`,"array-equal":`^1.0.2`,fflate:`^0.8.2`,"gl-matrix":`^3.4.3`,"nifti-reader-js":`^0.8.0`,zarrita:`^0.5.0`},devDependencies:{"@playwright/test":`^1.45.2`,"@rollup/plugin-commonjs":`^26.0.1`,"@types/array-equal":`^1.0.2`,"@types/node":`^20.14.11`,"@types/ungap__structured-clone":`^1.2.0`,"@typescript-eslint/eslint-plugin":`^7.16.1`,"@typescript-eslint/parser":`^7.16.1`,"@vitest/coverage-v8":`^3.1.3`,esbuild:`^0.25.12`,eslint:`^8.57.0`,"eslint-config-prettier":`^9.1.0`,"eslint-config-standard":`^17.1.0`,"eslint-plugin-prettier":`^5.2.1`,"eslint-plugin-tsdoc":`^0.3.0`,express:`^4.19.2`,"happy-dom":`^20.0.11`,"http-server":`^14.1.1`,prettier:`^3.3.3`,"regenerator-runtime":`^0.14.1`,terser:`^5.31.3`,tsup:`^8.1.2`,typedoc:`^0.28.5`,"typedoc-docusaurus-theme":`^1.4.0`,"typedoc-plugin-markdown":`^4.7.0`,typescript:`^5.5.3`,vite:`^7.2.7`,vitest:`^3.1.3`},optionalDependencies:{"@rollup/rollup-linux-x64-gnu":`^4.18.1`}},Se=new Float32Array([-1,-1,-1,.28,.28,.28,-1,-1,-1,.28,.28,.28,-1,1,-1,.28,.28,.28,1,-1,-1,.28,.28,.28,1,1,-1,.28,.28,.28,1,1,-1,.28,.28,.28,-1,-1,1,.8,.8,.8,-1,-1,1,.8,.8,.8,1,-1,1,.8,.8,.8,-1,1,1,.8,.8,.8,1,1,1,.8,.8,.8,1,1,1,.8,.8,.8,-1,1,-1,0,0,.74,-1,1,-1,0,0,.74,-1,1,1,0,0,.74,1,1,-1,0,0,.74,1,1,1,0,0,.74,1,1,1,0,0,.74,-1,-1,-1,.42,0,.42,-1,-1,-1,.42,0,.42,1,-1,-1,.42,0,.42,-1,-1,1,.42,0,.42,1,-1,1,.42,0,.42,1,-1,1,.42,0,.42,-1,-1,-1,.64,0,0,-1,-1,-1,.64,0,0,-1,-1,1,.64,0,0,-1,1,-1,.64,0,0,-1,1,1,.64,0,0,-1,1,1,.64,0,0,1,-1,-1,0,.5,0,1,-1,-1,0,.5,0,1,1,-1,0,.5,0,1,-1,1,0,.5,0,1,1,1,0,.5,0,1,1,1,0,.5,0,-.45,1,-.8,0,0,0,-.45,1,-.8,0,0,0,-.45,1,.8,0,0,0,-.25,1,-.8,0,0,0,-.25,1,.8,0,0,0,-.25,1,.8,0,0,0,-.25,1,.6,0,0,0,-.25,1,.6,0,0,0,-.25,1,.8,0,0,0,.45,1,.6,0,0,0,.25,1,.8,0,0,0,.25,1,.8,0,0,0,.25,1,.1,0,0,0,.25,1,.1,0,0,0,.25,1,.6,0,0,0,.45,1,.1,0,0,0,.45,1,.6,0,0,0,.45,1,.6,0,0,0,-.25,1,-.1,0,0,0,-.25,1,-.1,0,0,0,-.25,1,.1,0,0,0,.25,1,-.1,0,0,0,.45,1,.1,0,0,0,.45,1,.1,0,0,0,.45,-1,-.8,0,0,0,.45,-1,-.8,0,0,0,.05,-1,.8,0,0,0,.25,-1,-.8,0,0,0,-.15,-1,.8,0,0,0,-.15,-1,.8,0,0,0,-.25,-1,-.8,0,0,0,-.25,-1,-.8,0,0,0,.05,-1,.8,0,0,0,-.45,-1,-.8,0,0,0,-.15,-1,.8,0,0,0,-.15,-1,.8,0,0,0,.13,-1,-.3,0,0,0,.13,-1,-.3,0,0,0,.07,-1,-.1,0,0,0,-.33,-1,-.3,0,0,0,-.27,-1,-.1,0,0,0,-.27,-1,-.1,0,0,0,-.45,.6,1,0,0,0,-.45,.6,1,0,0,0,-.45,.4,1,0,0,0,-.25,.8,1,0,0,0,-.25,.4,1,0,0,0,-.25,.4,1,0,0,0,-.25,.8,1,0,0,0,-.25,.8,1,0,0,0,-.25,.6,1,0,0,0,.25,.8,1,0,0,0,.45,.6,1,0,0,0,.45,.6,1,0,0,0,.25,.8,1,0,0,0,.25,.8,1,0,0,0,.25,-.1,1,0,0,0,.45,.6,1,0,0,0,.45,.1,1,0,0,0,.45,.1,1,0,0,0,-.25,.1,1,0,0,0,-.25,.1,1,0,0,0,-.45,-.1,1,0,0,0,.25,.1,1,0,0,0,.25,-.1,1,0,0,0,.25,-.1,1,0,0,0,-.45,-.1,1,0,0,0,-.45,-.1,1,0,0,0,-.45,-.6,1,0,0,0,-.25,-.1,1,0,0,0,-.25,-.8,1,0,0,0,-.25,-.8,1,0,0,0,-.25,-.6,1,0,0,0,-.25,-.6,1,0,0,0,-.25,-.8,1,0,0,0,.45,-.6,1,0,0,0,.25,-.8,1,0,0,0,.25,-.8,1,0,0,0,.25,-.4,1,0,0,0,.25,-.4,1,0,0,0,.25,-.6,1,0,0,0,.45,-.4,1,0,0,0,.45,-.6,1,0,0,0,.45,-.6,1,0,0,0,-.1,-.8,-1,0,0,0,-.1,-.8,-1,0,0,0,-.1,.8,-1,0,0,0,.1,-.8,-1,0,0,0,.1,.8,-1,0,0,0,.1,.8,-1,0,0,0,-1,-.45,-.8,0,0,0,-1,-.45,-.8,0,0,0,-1,-.45,.8,0,0,0,-1,-.25,-.8,0,0,0,-1,-.25,.8,0,0,0,-1,-.25,.8,0,0,0,-1,-.25,-.8,0,0,0,-1,-.25,-.8,0,0,0,-1,-.25,-.6,0,0,0,-1,.45,-.8,0,0,0,-1,.45,-.6,0,0,0,-1,.45,-.6,0,0,0,1,.45,-.8,0,0,0,1,.45,-.8,0,0,0,1,.45,.8,0,0,0,1,.25,-.8,0,0,0,1,.25,.8,0,0,0,1,.25,.8,0,0,0,1,.25,.6,0,0,0,1,.25,.6,0,0,0,1,.25,.8,0,0,0,1,-.45,.6,0,0,0,1,-.25,.8,0,0,0,1,-.25,.8,0,0,0,1,-.25,.1,0,0,0,1,-.25,.1,0,0,0,1,-.25,.6,0,0,0,1,-.45,.1,0,0,0,1,-.45,.6,0,0,0,1,-.45,.6,0,0,0,1,.25,-.1,0,0,0,1,.25,-.1,0,0,0,1,.25,.1,0,0,0,1,-.25,-.1,0,0,0,1,-.45,.1,0,0,0,1,-.45,.1,0,0,0,1,-.25,-.8,0,0,0,1,-.25,-.8,0,0,0,1,-.05,-.1,0,0,0,1,-.45,-.8,0,0,0,1,-.25,-.1,0,0,0,1,-.25,-.1,0,0,0]),Ce=class e{static BLEND=1;static CULL_FACE=2;static CULL_FRONT=4;static CULL_BACK=8;static ENABLE_DEPTH_TEST=16;sphereIdx=[];sphereVtx=[];renderShaders=[];isVisible=!0;isPickable=!0;vertexBuffer;indexCount;indexBuffer;vao;mode;glFlags=0;id;colorId;modelMatrix=u();scale=[1,1,1];position=[0,0,0];rotation=[0,0,0];rotationRadians=0;extentsMin=[];extentsMax=[];furthestVertexFromOrigin;originNegate;fieldOfViewDeObliqueMM;mm;constructor(e,t,n,r,i=null,a=null){this.vertexBuffer=t,this.indexCount=r,this.indexBuffer=i,this.vao=a,this.mode=n,this.id=e,this.colorId=[((e|0)&255)/255,(e>>8&255)/255,(e>>16&255)/255,(e>>24&255)/255]}static generateCrosshairs=function(t,n,r,i,a,o,s=20,c=0){let l=e.generateCrosshairsGeometry(t,r,i,a,o,s,c);return new e(n,l.vertexBuffer,t.TRIANGLES,l.indexCount,l.indexBuffer,l.vao)};static generateCrosshairsGeometry=function(t,n,r,i,a,o=20,s=0){let c=[],l=[],u=a*s;if(u<=0){let t=j(r[0],n[1],n[2]),s=j(i[0],n[1],n[2]);e.makeCylinder(c,l,t,s,a,o),t=j(n[0],r[1],n[2]),s=j(n[0],i[1],n[2]),e.makeCylinder(c,l,t,s,a,o),t=j(n[0],n[1],r[2]),s=j(n[0],n[1],i[2]),e.makeCylinder(c,l,t,s,a,o)}else{let t=j(r[0],n[1],n[2]),s=j(n[0]-u,n[1],n[2]);e.makeCylinder(c,l,t,s,a,o,!1),t=j(n[0]+u,n[1],n[2]),s=j(i[0],n[1],n[2]),e.makeCylinder(c,l,t,s,a,o,!1),t=j(n[0],r[1],n[2]),s=j(n[0],n[1]-u,n[2]),e.makeCylinder(c,l,t,s,a,o,!1),t=j(n[0],n[1]+u,n[2]),s=j(n[0],i[1],n[2]),e.makeCylinder(c,l,t,s,a,o,!1),t=j(n[0],n[1],r[2]),s=j(n[0],n[1],n[2]-u),e.makeCylinder(c,l,t,s,a,o,!1),t=j(n[0],n[1],n[2]+u),s=j(n[0],n[1],i[2]),e.makeCylinder(c,l,t,s,a,o,!1)}let d=t.createBuffer();if(d===null)throw Error(`could not instantiate vertex buffer`);t.bindBuffer(t.ARRAY_BUFFER,d),t.bufferData(t.ARRAY_BUFFER,new Float32Array(c),t.STATIC_DRAW);let f=t.createBuffer();if(f===null)throw Error(`could not instantiate index buffer`);t.bindBuffer(t.ELEMENT_ARRAY_BUFFER,f),t.bufferData(t.ELEMENT_ARRAY_BUFFER,new Uint32Array(l),t.STATIC_DRAW);let p=t.createVertexArray();return t.bindVertexArray(p),t.bindBuffer(t.ELEMENT_ARRAY_BUFFER,f),t.bindBuffer(t.ARRAY_BUFFER,d),t.enableVertexAttribArray(0),t.vertexAttribPointer(0,3,t.FLOAT,!1,0,0),t.bindVertexArray(null),{vertexBuffer:d,indexBuffer:f,indexCount:l.length,vao:p}};static getFirstPerpVector=function(e){let t=j(0,0,0);return e[0]===0?t[0]=1:e[1]===0?t[1]=1:e[2]===0?t[2]=1:(t[0]=e[2],t[1]=e[2],t[2]=-(e[0]+e[1]),F(t,t)),t};static subdivide=function(e,t){let n=e.length/3,r=t.length/3,i=r,a=O(),o=O();for(let s=0;s<i;s++){let i=t[s*3+0],c=t[s*3+1],l=t[s*3+2],u=j(e[i*3+0],e[i*3+1],e[i*3+2]),d=j(e[c*3+0],e[c*3+1],e[c*3+2]),f=j(e[l*3+0],e[l*3+1],e[l*3+2]);N(a,u,d),F(o,a),e.push(...o),N(a,d,f),F(o,a),e.push(...o),N(a,u,f),F(o,a),e.push(...o);let p=[n,n+1,n+2];t.push(...p),p=[i,n,n+2],t.push(...p),p=[n,c,n+1],t.push(...p),t[s*3+0]=n+2,t[s*3+1]=n+1,t[s*3+2]=l,r+=3,n+=3}};static weldVertices=function(e,t){let n=e.length/3,r=0,i=new Int32Array(n);for(let t=0;t<n-1;t++){if(i[t]!==0)continue;i[t]=r;let a=t*3,o=e[a],s=e[a+1],c=e[a+2];for(let l=t+1;l<n;l++)a+=3,o===e[a]&&s===e[a+1]&&c===e[a+2]&&(i[l]=r);r++}if(r===n)return e;let a=t.length;for(let e=0;e<a;e++)t[e]=i[t[e]];let o=e.slice(0,r*3-1);for(let t=0;t<n-1;t++){let n=t*3,r=i[t]*3;o[r]=e[n],o[r+1]=e[n+1],o[r+2]=e[n+2]}return o};static makeSphere=function(t,n,r,i=[0,0,0]){let a=[0,0,1,.894,0,.447,.276,.851,.447,-.724,.526,.447,-.724,-.526,.447,.276,-.851,.447,.724,.526,-.447,-.276,.851,-.447,-.894,0,-.447,-.276,-.851,-.447,.724,-.526,-.447,0,0,-1],o=[0,1,2,0,2,3,0,3,4,0,4,5,0,5,1,7,6,11,8,7,11,9,8,11,10,9,11,6,10,11,6,2,1,7,3,2,8,4,3,9,5,4,10,1,5,6,7,2,7,8,3,8,9,4,9,10,5,10,6,1];e.subdivide(a,o),e.subdivide(a,o),a=e.weldVertices(a,o);for(let e=0;e<a.length;e++)a[e]=a[e]*r;let s=a.length/3,c=0;for(let e=0;e<s;e++)a[c]=a[c]+i[0],c++,a[c]=a[c]+i[1],c++,a[c]=a[c]+i[2],c++;let l=Math.floor(t.length/3);for(let e=0;e<o.length;e++)o[e]=o[e]+l;n.push(...o),t.push(...a)};static makeCylinder=function(t,n,r,i,a,o=20,s=!0){o<3&&(o=3);let c=O();P(c,i,r),F(c,c);let l=e.getFirstPerpVector(c),u=O();oe(u,c,l),F(u,u);let d=2*o,f=2*o;s&&(f+=2*o,d+=2);let p=Math.floor(t.length/3),m=new Uint32Array(f*3),h=new Float32Array(d*3);function g(e,t){h[e*3+0]=t[0],h[e*3+1]=t[1],h[e*3+2]=t[2]}function _(e,t,n,r){m[e*3+0]=t+p,m[e*3+1]=n+p,m[e*3+2]=r+p}let v=2*o,y=v+1;s&&(g(v,r),g(y,i));let b=O(),x=O();for(let e=0;e<o;e++){let t=Math.cos(e/o*2*Math.PI),n=Math.sin(e/o*2*Math.PI);b[0]=a*(t*l[0]+n*u[0]),b[1]=a*(t*l[1]+n*u[1]),b[2]=a*(t*l[2]+n*u[2]),N(x,r,b),g(e,x),N(x,i,b),g(e+o,x);let c=0;e<o-1&&(c=e+1),_(e*2,e,c,e+o),_(e*2+1,c,c+o,e+o),s&&(_(o*2+e,e,v,c),_(o*2+e+o,y,e+o,c+o))}n.push(...m),t.push(...h)};static makeColoredCylinder=function(t,n,r,i,a,o,s=[192,0,0,255],c=20,l=!1){let u=t.length/3;e.makeCylinder(t,n,i,a,o,c,l),u=t.length/3-u;let d=[];for(let e=0;e<u*4-1;e+=4)d[e]=s[0],d[e+1]=s[1],d[e+2]=s[2],d[e+3]=s[3];r.push(...d)};static makeColoredSphere=function(t,n,r,i,a=[0,0,0],o=[0,0,192,255]){let s=t.length/3;e.makeSphere(t,n,i,a),s=t.length/3-s;let c=[];for(let e=0;e<s*4-1;e+=4)c[e]=o[0],c[e+1]=o[1],c[e+2]=o[2],c[e+3]=o[3];r.push(...c)}},we=256,Te=[],Ee;we--;)Te[we]=(we+256).toString(16).substring(1);function De(){var e=0,t,n=``;if(!Ee||we+16>256){for(Ee=Array(e=256);e--;)Ee[e]=256*Math.random()|0;e=we=0}for(;e<16;e++)t=Ee[we+e],n+=e==6?Te[t&15|64]:e==8?Te[t&63|128]:Te[t],e&1&&e>1&&e<11&&(n+=`-`);return we++,n}var R=new class e{level;name;constructor({name:e=`niivue`,level:t=`info`}={}){this.name=`${e}`,this.level=t}static levels={debug:0,info:1,warn:2,error:3,fatal:4,silent:1/0};debug(...t){e.levels[this.level]>e.levels.debug||console.debug(`${this.name}-debug`,...t)}info(...t){e.levels[this.level]>e.levels.info||console.info(`${this.name}-info`,...t)}warn(...t){e.levels[this.level]>e.levels.warn||console.warn(`${this.name}-warn`,...t)}error(...t){e.levels[this.level]>e.levels.error||console.error(`${this.name}-error`,...t)}fatal(...t){e.levels[this.level]>e.levels.fatal||console.error(`${this.name}-fatal`,...t)}setLogLevel(e){this.level=e}setName(e){this.name=e}}({name:`niivue`,level:`info`}),Oe={R:[0,255,0,0,255,0,255,255,0,205,210,102,0,0,46,255,106,221,233,165,255,147,218,75,255,60,255,255,218,0,188,255,255,222,127,139,124,255,70,0,238,238,240,245,184,32,255,25,112,34,248,245,255,144,173,65,255,250,128,50,244,255,123,255,173,255,127,255,143,220,253,255,0,0,128,255,250,148,178,255,135,100,240,250,255,107,135,0,139,245,186,255,255,0,210,255,47,72,175,128,176,255,139,240,255,216,119,219,72,255,199,154,189,240,230,0,85,64,153,205,250,95,0,255,224,176,138,30,240,152,160],G:[0,0,255,0,255,255,0,239,0,133,180,205,0,139,139,228,90,160,150,42,250,112,112,0,182,179,235,228,165,128,143,105,218,184,255,69,252,255,130,100,130,232,255,222,134,178,20,25,128,139,248,255,160,238,255,105,99,240,0,205,164,255,104,165,216,192,255,140,188,20,245,250,206,255,0,250,128,0,34,127,206,149,230,235,245,142,206,0,0,245,85,228,222,191,105,248,79,61,238,128,224,240,0,255,215,191,136,112,209,0,21,205,183,248,230,250,107,224,50,92,250,158,128,69,255,196,43,144,128,251,82],B:[0,0,0,255,0,255,255,213,205,63,140,170,128,139,87,225,205,221,122,42,250,219,214,130,193,113,205,196,32,128,143,180,185,135,0,19,0,224,180,0,238,170,240,179,11,170,147,112,144,34,255,250,122,144,47,225,71,230,0,50,96,240,238,0,230,203,212,0,143,60,230,240,209,127,128,205,114,211,34,80,235,237,140,215,238,35,250,139,139,220,211,181,173,255,30,220,79,139,238,0,230,245,0,255,0,216,153,147,204,255,133,50,107,255,250,154,47,208,204,92,210,160,0,0,255,222,226,255,128,152,45],A:[0,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255],I:[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,58,59,60,61,62,63,64,65,66,67,68,69,70,71,72,73,74,75,76,77,78,79,80,81,82,83,84,85,86,87,88,89,90,91,92,93,94,95,96,97,98,99,100,101,102,103,104,105,106,107,108,109,110,111,112,113,114,115,116,117,118,119,120,121,122,123,124,125,126,127,128,129,130]},ke={labels:`background.tissue.bone.skin.connective tissue.blood.organ.mass.muscle.foreign object.waste.teeth.fat.gray matter.white matter.nerve.vein.artery.capillary.ligament.tendon.cartilage.meniscus.lymph node.lymphatic vessel.cerebro-spinal fluid.bile.urine.feces.gas.fluid.edema.bleeding.necrosis.clot.embolism.head.central nervous system.brain.gray matter of brain.telencephalon.cerebral cortex.right frontal lobe.left frontal lobe.right temporal lobe.left temporal lobe.right parietal lobe.left parietal lobe.right occipital lobe.left occipital lobe.right insular lobe.left insular lobe.right limbic lobe.left limbic lobe.right striatum.left striatum.right caudate nucleus.left caudate nucleus.right putamen.left putamen.right pallidum.left pallidum.right amygdaloid complex.left amygdaloid complex.diencephalon.thalamus.right thalamus.left thalamus.pineal gland.midbrain.substantia nigra.right substantia nigra.left substantia nigra.cerebral white matter.right superior longitudinal fasciculus.left superior longitudinal fasciculus.right inferior longitudinal fasciculus.left inferior longitudinal fasciculus.right arcuate fasciculus.left arcuate fasciculus.right uncinate fasciculus.left uncinate fasciculus.right cingulum bundle.left cingulum bundle.projection fibers.right corticospinal tract.left corticospinal tract.right optic radiation.left optic radiation.right medial lemniscus.left medial lemniscus.right superior cerebellar peduncle.left superior cerebellar peduncle.right middle cerebellar peduncle.left middle cerebellar peduncle.right inferior cerebellar peduncle.left inferior cerebellar peduncle.optic chiasm.right optic tract.left optic tract.right fornix.left fornix.commissural fibers.corpus callosum.posterior commissure.cerebellar white matter.CSF space.ventricles of brain.right lateral ventricle.left lateral ventricle.right third ventricle.left third ventricle.cerebral aqueduct.fourth ventricle.subarachnoid space.spinal cord.gray matter of spinal cord.white matter of spinal cord.endocrine system of brain.pituitary gland.adenohypophysis.neurohypophysis.meninges.dura mater.arachnoid.pia mater.muscles of head.salivary glands.lips.nose.tongue.soft palate.right inner ear.left inner ear.right external ear.left external ear.right middle ear.left middle ear.right eyeball.left eyeball.skull.right frontal bone.left frontal bone.right parietal bone.left parietal bone.right temporal bone.left temporal bone.right sphenoid bone.left sphenoid bone.right ethmoid bone.left ethmoid bone.occipital bone.maxilla.right zygomatic bone.right lacrimal bone.vomer bone.right palatine bone.left palatine bone.mandible.neck.muscles of neck.pharynx.larynx.thyroid gland.right parathyroid glands.left parathyroid glands.skeleton of neck.hyoid bone.cervical vertebral column.thorax.trachea.bronchi.right lung.left lung.superior lobe of right lung.superior lobe of left lung.middle lobe of right lung.inferior lobe of right lung.inferior lobe of left lung.pleura.heart.right atrium.left atrium.atrial septum.ventricular septum.right ventricle of heart.left ventricle of heart.mitral valve.tricuspid valve.aortic valve.pulmonary valve.aorta.pericardium.pericardial cavity.esophagus.thymus.mediastinum.skin of thoracic wall.muscles of thoracic wall.skeleton of thorax.thoracic vertebral column.ribs.sternum.right clavicle.left clavicle.abdominal cavity.abdomen.peritoneum.omentum.peritoneal cavity.retroperitoneal space.stomach.duodenum.small bowel.colon.anus.liver.biliary tree.gallbladder.pancreas.spleen.urinary system.right kidney.left kidney.right ureter.left ureter.urinary bladder.urethra.right adrenal gland.left adrenal gland.female internal genitalia.uterus.right fallopian tube.left fallopian tube.right ovary.left ovary.vagina.male internal genitalia.prostate.right seminal vesicle.left seminal vesicle.right deferent duct.left deferent duct.skin of abdominal wall.muscles of abdominal wall.skeleton of abdomen.lumbar vertebral column.female external genitalia.male external genitalia.skeleton of upper limb.muscles of upper limb.right upper limb.left upper limb.right shoulder.left shoulder.right arm`.split(`.`),R:[0,128,241,177,111,216,221,144,192,220,78,255,230,200,250,244,0,216,183,183,152,111,178,68,111,85,0,214,78,218,170,140,188,216,145,150,177,244,250,200,68,128,83,83,162,162,141,141,182,182,188,188,154,154,177,177,30,30,210,210,48,48,98,98,69,166,122,122,253,145,46,0,0,250,127,127,159,159,125,125,106,106,154,154,126,201,201,78,78,174,174,139,139,148,148,186,186,99,156,156,64,64,138,97,126,194,85,88,88,88,88,88,88,88,88,244,200,250,82,57,60,92,255,255,255,255,201,70,188,177,166,182,229,229,174,174,201,201,194,194,241,203,203,229,229,255,255,209,209,248,248,255,196,255,255,255,242,242,222,177,213,184,150,62,62,62,242,250,255,177,182,175,197,197,172,172,202,224,224,255,206,210,203,233,195,181,152,159,166,218,225,224,255,184,211,47,255,173,188,255,226,253,244,205,205,186,177,255,234,204,180,216,255,205,204,255,221,0,139,249,157,203,185,185,247,247,222,124,249,249,244,255,255,227,213,213,193,216,230,245,245,241,241,177,171,217,212,185,185,198,194,177,177,177,177,177],G:[0,174,214,122,184,101,130,238,104,245,63,250,220,200,250,214,151,101,156,214,189,184,212,172,197,188,145,230,63,255,250,224,65,191,60,98,122,214,250,200,131,174,146,146,115,115,93,93,166,166,135,135,150,150,140,140,111,111,157,157,129,129,153,153,110,113,101,101,135,92,101,108,108,250,150,150,116,116,102,102,174,174,146,146,126,160,160,152,152,140,140,126,126,120,120,135,135,106,171,171,123,123,95,113,161,195,188,106,106,106,106,106,106,106,106,214,200,250,174,157,143,162,244,244,244,244,121,163,91,122,84,105,147,147,122,122,112,112,142,142,213,179,179,204,204,243,243,185,185,223,223,230,172,255,250,237,217,217,198,122,124,105,208,162,162,162,206,210,255,122,228,216,165,165,138,138,164,186,186,245,110,115,108,138,100,85,55,63,70,123,130,97,244,122,171,150,244,121,95,239,202,232,217,179,179,124,122,255,234,142,119,132,253,167,168,224,130,145,150,180,108,136,102,102,182,182,154,186,186,186,170,181,190,153,141,141,123,146,158,172,172,172,172,124,85,198,188,135,135,175,98,122,122,122,122,122],B:[0,128,145,101,210,79,101,144,88,20,0,220,70,235,210,49,206,79,220,211,207,210,242,100,131,255,30,130,0,255,250,228,28,216,66,83,101,49,225,215,98,128,164,164,105,105,137,137,110,110,166,166,201,201,190,190,85,85,166,166,126,126,112,112,53,137,38,38,192,109,131,112,112,225,88,88,163,163,154,154,155,155,83,83,55,133,133,141,141,103,103,177,177,72,72,135,135,24,108,108,147,147,74,158,197,164,255,215,215,215,215,215,215,215,215,49,215,225,128,110,83,109,209,209,209,209,77,117,95,101,94,107,118,118,90,90,73,73,0,0,144,77,77,109,109,152,152,85,85,131,131,138,68,167,160,145,123,123,101,101,109,108,243,114,114,114,142,139,207,101,255,244,145,145,115,115,140,162,162,217,84,89,81,112,73,57,13,27,38,97,104,76,209,154,143,103,209,88,76,172,134,158,154,108,108,161,101,220,194,178,153,105,229,142,143,199,101,30,98,111,162,116,83,83,164,164,132,223,150,150,147,158,165,130,113,113,103,127,140,147,147,151,151,92,68,131,102,134,134,125,79,101,101,101,101,101],A:[0,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255],I:[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,58,59,60,61,62,63,64,65,66,67,68,69,70,71,72,73,74,75,76,77,78,79,80,81,82,83,84,85,86,87,88,89,90,91,92,93,94,95,96,97,98,99,100,101,102,103,104,105,106,107,108,109,110,111,112,113,114,115,116,117,118,119,120,121,122,123,124,125,126,127,128,129,130,131,132,133,134,135,136,137,138,139,140,141,142,143,144,145,146,147,148,149,150,151,152,153,154,155,156,157,158,159,160,161,162,163,164,165,166,167,168,169,170,171,172,173,174,175,176,177,178,179,180,181,182,183,184,185,186,187,188,189,190,191,192,193,194,195,196,197,198,199,200,201,202,203,204,205,206,207,208,209,210,211,212,213,214,215,216,217,218,219,220,221,222,223,224,225,226,227,228,229,230,231,232,233,234,235,236,237,238,239,240,241,242,243,244,245,246,247,248,249,250,251,252,253,254,255]},Ae={R:[0,0,24,248,255],G:[0,0,177,254,0],B:[0,136,0,0,0],A:[0,32,64,78,128],I:[0,64,128,156,255]},je={R:[1,10,15,17,21,27,36,49,65,82,99,118,140,161,183,203,222,238,248,253,253,253,252,250],G:[25,42,56,68,79,88,97,105,111,116,122,127,133,138,142,146,150,155,162,170,178,186,195,204],B:[89,92,95,96,98,98,96,91,83,74,64,55,46,43,49,62,79,100,126,151,175,199,223,250],A:[0,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64],I:[0,11,22,33,44,55,66,77,88,99,110,121,133,144,155,166,177,188,199,210,221,232,243,255]},Me={R:[0,248,242,235,229,222,212,202,193,183,173,145,117,78,39,0,0,0,0,0,0,64,128,191,255,255,255,255,255,238,221,204,214,224,235,245,255,249,242,236,229,223,217,210,204,197,191,184,176,169,161,154,146,139,132,124,117,109,102,0],G:[0,251,247,243,239,235,235,235,235,235,235,216,197,174,150,127,153,178,204,229,255,255,255,255,255,220,185,150,115,77,38,0,31,61,92,122,153,138,122,107,92,77,61,46,31,15,0,0,0,0,0,0,0,0,0,0,0,0,0,0],B:[0,254,253,252,251,250,251,252,253,254,255,226,198,132,66,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,40,80,120,160,200,199,198,197,196,196,195,194,193,192,191,184,176,169,161,154,146,139,132,124,117,109,102,0],A:[256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256],I:[0,4,8,12,16,20,24,28,32,36,40,44,48,52,56,60,64,68,72,76,80,84,88,92,96,100,104,108,112,116,120,124,128,132,136,140,144,148,152,156,160,164,168,172,176,180,184,188,192,196,200,204,208,212,216,220,224,228,232,236,240,244,248,255]},Ne={R:[255,248,242,235,229,222,212,202,193,183,173,145,117,78,39,0,0,0,0,0,0,64,128,191,255,255,255,255,255,238,221,204,214,224,235,245,255,249,242,236,229,223,217,210,204,197,191,184,176,169,161,154,146,139,132,124,117,109,102,0],G:[255,251,247,243,239,235,235,235,235,235,235,216,197,174,150,127,153,178,204,229,255,255,255,255,255,220,185,150,115,77,38,0,31,61,92,122,153,138,122,107,92,77,61,46,31,15,0,0,0,0,0,0,0,0,0,0,0,0,0,0],B:[255,254,253,252,251,250,251,252,253,254,255,226,198,132,66,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,40,80,120,160,200,199,198,197,196,196,195,194,193,192,191,184,176,169,161,154,146,139,132,124,117,109,102,0],A:[256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256,256],I:[0,4,8,12,16,20,24,28,32,36,40,44,48,52,56,60,64,68,72,76,80,84,88,92,96,100,104,108,112,116,120,124,128,132,136,140,144,148,152,156,160,164,168,172,176,180,184,188,192,196,200,204,208,212,216,220,224,228,232,236,240,244,248,255]},Pe={R:[0,0,0,0,196,255],G:[0,32,128,128,128,32],B:[0,255,196,0,0,0],A:[0,128,64,64,64,128],I:[0,1,64,128,192,255]},Fe={R:[0,255],G:[0,0],B:[255,255],A:[0,128],I:[0,255]},Ie={R:[0,0],G:[0,255],B:[255,255],A:[0,128],I:[0,255]},Le={R:[0,0,0,0],G:[0,1,128,255],B:[0,222,127,32],A:[0,0,64,128],I:[0,1,128,255]},Re={R:[0,0,0],G:[0,0,0],B:[0,128,255],A:[0,64,128],I:[0,128,255]},ze={R:[0,103,255],G:[0,126,255],B:[0,165,255],A:[0,76,128],I:[0,153,255]},Be={R:[0,43,103,199,216,255],G:[0,0,37,155,213,255],B:[0,0,20,97,201,255],A:[0,44,48,54,56,56],I:[0,64,128,196,240,255]},Ve={R:[0,9,24,33,40,46,52,57,62,66,70,74,78,81,85,88,91,94,98,101,103,106,109,112,114,117,119,121,124,126,128,130,133,135,137,139,141,143,145,147,149,151,153,155,157,159,161,163,164,166,168,169,171,172,174,175,177,178,180,181,183,184,186,187,189,190,191,193,194,196,197,198,199,200,201,202,203,204,205,206,207,208,209,210,211,212,213,214,215,216,217,218,219,220,221,222,222,223,224,224,225,226,226,227,228,228,229,229,230,231,231,232,233,233,234,234,235,235,236,236,236,237,237,237,238,238,238,239,239,239,240,240,240,241,241,241,242,242,242,243,243,243,243,243,243,243,243,244,244,244,244,244,244,244,244,244,244,244,245,245,245,245,245,245,245,245,245,245,245,245,245,245,245,245,244,244,244,244,244,244,244,244,244,244,244,244,244,244,244,243,243,243,243,243,243,243,243,243,243,243,243,242,242,242,242,242,242,242,242,241,242,242,242,242,242,242,242,242,242,242,242,242,242,242,242,242,242,242,242,242,242,242,242,243,243,244,244,245,246,246,247,247,248,249,249,250,250,251,251,252,252,253,253,254,254,254],G:[42,41,41,41,40,40,40,39,39,39,38,38,37,37,36,36,35,35,34,34,33,32,32,31,30,30,30,30,29,29,29,29,28,28,28,27,27,27,26,26,26,25,25,25,24,24,24,24,24,25,25,26,27,27,28,28,29,30,30,31,31,32,33,33,34,34,35,36,36,37,38,39,40,42,43,44,45,47,48,49,50,51,53,54,55,56,57,58,59,60,62,63,64,65,66,68,69,71,72,73,75,76,77,79,80,81,83,84,85,87,88,89,90,92,93,94,95,97,98,100,101,102,104,105,107,108,109,111,112,113,115,116,117,119,120,121,122,124,125,126,128,129,130,132,133,134,136,137,138,140,141,142,144,145,146,147,149,150,151,153,154,155,156,158,159,160,161,163,164,165,167,168,169,170,172,173,174,175,176,178,179,180,181,183,184,185,186,187,189,190,191,192,193,194,196,197,198,199,200,201,203,204,205,206,207,208,209,211,212,213,214,215,216,217,218,219,220,221,222,223,224,225,226,228,229,230,231,232,233,234,235,236,237,238,238,239,240,241,241,242,243,244,244,245,246,247,248,248,249,250,251,251,252,253,254,255],B:[167,167,166,166,166,165,165,165,164,164,164,163,163,162,162,162,161,161,161,160,160,160,159,159,158,158,157,157,156,155,155,154,154,153,153,152,151,151,150,150,149,149,148,147,147,146,146,145,144,144,143,143,142,141,141,140,139,139,138,137,137,136,135,135,134,133,133,132,131,131,130,130,129,128,128,127,127,126,125,125,124,124,123,123,122,121,121,120,119,119,118,118,117,116,116,116,115,115,114,114,113,113,113,112,112,111,111,110,110,109,109,109,108,108,107,107,106,106,106,106,106,105,105,105,105,105,105,105,104,104,104,104,104,103,103,103,103,103,102,102,102,103,103,103,103,104,104,104,104,104,105,105,105,105,106,106,106,106,106,107,107,107,107,108,108,109,110,111,111,112,113,113,114,115,115,116,117,117,118,119,120,120,121,122,122,123,124,125,126,128,129,130,131,132,134,135,136,137,138,140,141,142,143,144,146,147,148,149,150,152,153,155,157,158,160,162,163,165,167,168,170,172,173,175,177,178,180,182,183,185,187,188,190,193,196,199,201,204,207,210,212,215,218,221,224,226,229,232,235,238,240,243,246,249,252,255],A:[0,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64],I:[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,58,59,60,61,62,63,64,65,66,67,68,69,70,71,72,73,74,75,76,77,78,79,80,81,82,83,84,85,86,87,88,89,90,91,92,93,94,95,96,97,98,99,100,101,102,103,104,105,106,107,108,109,110,111,112,113,114,115,116,117,118,119,120,121,122,123,124,125,126,127,128,129,130,131,132,133,134,135,136,137,138,139,140,141,142,143,144,145,146,147,148,149,150,151,152,153,154,155,156,157,158,159,160,161,162,163,164,165,166,167,168,169,170,171,172,173,174,175,176,177,178,179,180,181,182,183,184,185,186,187,188,189,190,191,192,193,194,195,196,197,198,199,200,201,202,203,204,205,206,207,208,209,210,211,212,213,214,215,216,217,218,219,220,221,222,223,224,225,226,227,228,229,230,231,232,233,234,235,236,237,238,239,240,241,242,243,244,245,246,247,248,249,250,251,252,253,254,255]},He={R:[0,86,166,255],G:[32,92,156,233],B:[76,108,117,69],A:[0,56,80,88],I:[0,64,192,255]},Ue={R:[0,0,0],G:[127,196,254],B:[255,255,255],A:[0,64,128],I:[0,128,255]},We={R:[0,61,122,183,244,255],G:[0,41,81,122,163,255],B:[0,25,51,76,102,255],A:[0,25,51,71,102,128],I:[0,51,102,153,204,255]},Ge={R:[0,61,122,183,244,255],G:[0,41,81,122,163,203],B:[0,25,51,76,102,127],A:[0,25,51,71,102,128],I:[0,51,102,153,204,255]},Ke={min:-643,max:-235,R:[0,0,0],G:[154,154,154],B:[179,179,101],A:[0,32,0],I:[0,163,255]},qe={min:114,max:800,R:[0,255,255,255],G:[0,0,129,255],B:[0,0,0,255],A:[0,64,88,228],I:[0,80,160,255]},Je={min:180,max:600,R:[0,0,113,255],G:[0,0,109,250],B:[0,0,101,245],A:[0,0,100,160],I:[0,1,128,255]},Ye={min:-10,max:110,R:[0,127,255],G:[0,127,255],B:[0,127,255],A:[0,48,128],I:[0,124,255]},Xe={min:-10,max:110,R:[0,199,255],G:[0,127,255],B:[0,127,255],A:[0,48,128],I:[0,124,255]},Ze={min:-80,max:1e3,R:[0,189,150,150,150,150,255],G:[0,169,54,54,54,54,240],B:[0,153,52,52,52,52,242],A:[0,32,64,0,0,64,64],I:[0,1,82,92,234,242,255]},Qe={min:-590,max:600,R:[0,241,241,248,248,178,178,232,255,255,255],G:[0,156,156,222,222,36,36,51,255,255,255],B:[0,130,130,169,169,24,24,37,255,255,255],A:[0,8,0,0,0,64,64,0,0,222,222],I:[0,2,3,64,122,142,172,182,252,253,255]},$e={min:114,max:302,R:[0,255,255],G:[0,129,255],B:[0,0,255],A:[0,88,228],I:[0,103,255]},et={min:-23,max:246,R:[0,44,255,255,255],G:[0,128,90,255,255],B:[0,0,70,0,255],A:[0,0,82,184,228],I:[0,64,131,196,255]},tt={min:-100,max:246,R:[0,128,159,255,255,255,255],G:[0,0,56,90,0,255,255],B:[0,0,41,70,0,0,255],A:[0,63,105,135,167,184,228],I:[0,100,128,155,180,209,255]},nt={min:-590,max:600,R:[0,241,241,248,248,178,232,255,255],G:[0,156,156,222,222,36,51,255,255],B:[0,130,130,169,169,24,37,255,255],A:[0,63,105,135,167,184,228,228,228],I:[0,1,52,127,137,162,172,252,255]},rt={min:140,max:1024,R:[0,2,113,255],G:[0,1,109,250],B:[0,1,101,245],A:[0,1,96,168],I:[0,1,128,255]},it={min:-923,max:679,R:[0,0,0,0,0,255,255,255],G:[154,154,154,154,0,0,254,255],B:[179,179,179,179,0,0,0,255],A:[0,3,8,0,0,10,15,20],I:[0,30,62,88,170,200,232,255]},at={min:-10,max:110,R:[0,199,255],G:[0,127,255],B:[0,127,255],A:[0,48,128],I:[0,124,255]},ot={min:-600,max:100,R:[0,134,255],G:[0,109,250],B:[0,101,245],A:[0,60,148],I:[0,128,255]},st={min:114,max:246,R:[0,255,255],G:[0,128,255],B:[0,128,255],A:[0,64,96],I:[0,87,255]},ct={min:50,max:1e3,R:[98,210,169,128,255],G:[94,26,77,128,255],B:[45,21,74,128,255],A:[0,25,0,4,168],I:[0,41,87,154,255]},lt={R:[0,13,21,26,27,25,22,21,22,28,39,54,75,98,124,148,171,189,202,210,213,211,206,200,195,193,195,201,211,225,240,255],G:[0,5,11,20,31,44,58,72,86,99,109,116,120,122,122,122,121,121,124,129,137,147,161,175,190,205,218,229,238,245,251,255],B:[0,14,30,46,61,71,77,78,75,68,60,52,48,47,53,65,83,105,131,157,183,205,222,235,241,243,242,240,239,240,245,255],A:[0,4,8,12,17,21,25,29,33,37,41,45,50,54,58,62,66,70,74,78,83,87,91,95,99,103,107,111,116,120,124,128],I:[0,8,16,25,33,41,49,58,66,74,82,90,99,107,115,123,132,140,148,156,165,173,181,189,197,206,214,222,230,239,247,255]},ut={R:[0,10,136,255],G:[0,39,220,255],B:[0,223,253,255],A:[0,48,64,70],I:[0,92,192,255]},dt={R:[0,245,205,120,196,220,230,0,122,236,12,204,42,119,220,103,60,255,165,160,0,245,205,120,196,220,230,0,122,236,13,220,103,255,165,160,0,120,200,255,255,164,164,164,234,0,0,0,0,0],G:[0,245,62,18,58,248,148,118,186,13,48,182,204,159,216,255,60,165,42,32,200,245,62,18,58,248,148,118,186,13,48,216,255,165,42,32,200,190,70,148,148,108,108,108,169,0,0,0,0,0],B:[0,245,78,134,250,164,34,14,220,176,255,142,164,176,20,255,60,0,42,240,200,245,78,134,250,164,34,14,220,176,255,20,255,0,42,240,221,150,255,10,10,226,226,226,30,64,112,160,208,255],A:[0,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64],I:[0,2,3,4,5,7,8,10,11,12,13,14,15,16,17,18,24,26,28,30,31,41,42,43,44,46,47,49,50,51,52,53,54,58,60,62,63,72,77,78,79,80,81,82,85,251,252,253,254,255]},ft={R:[0,0,128,255,255],G:[0,128,0,128,255],B:[0,125,255,0,255],A:[0,32,64,96,128],I:[0,63,128,192,255]},pt={R:[0,142,227,255],G:[0,85,170,255],B:[0,14,76,255],A:[0,42,84,128],I:[0,85,170,255]},mt={R:[0,255],G:[0,255],B:[0,255],A:[0,128],I:[0,255]},ht={R:[0,0,0],G:[0,128,255],B:[0,0,0],A:[0,64,128],I:[0,128,255]},gt={R:[0,0,0],G:[72,72,255],B:[0,255,255],A:[0,64,128],I:[0,88,255]},_t={R:[0,255,255],G:[72,88,255],B:[0,0,0],A:[0,64,128],I:[0,88,255]},vt={R:[0,255,255,255],G:[0,0,126,255],B:[0,0,0,255],A:[0,64,96,128],I:[0,128,191,255]},yt={R:[3,255,255,255],G:[0,0,255,255],B:[0,0,0,255],A:[0,48,96,128],I:[0,95,191,255]},bt={R:[255,255,0,0,0,255,255],G:[0,255,255,255,0,0,0],B:[0,0,0,255,255,255,0],A:[0,14,28,43,57,71,85],I:[0,43,85,128,170,213,255]},xt={R:[0,120,237,240],G:[0,28,105,249],B:[4,109,37,33],A:[0,56,80,88],I:[0,64,192,255]},St={R:[0,0,127,255,127],G:[0,127,255,127,0],B:[127,255,127,0,0],A:[0,32,64,96,128],I:[0,63,128,192,255]},Ct={R:[0,255,255],G:[0,0,255],B:[0,0,0],A:[0,64,64],I:[0,86,255]},wt={R:[94,50,90,152,215,238,249,254,252,241,209,158],G:[79,131,186,214,240,244,237,210,157,100,57,1],B:[162,189,167,164,155,169,168,123,86,68,79,66],A:[0,12,23,35,47,58,70,81,93,105,116,128],I:[0,23,46,70,93,116,139,162,185,209,232,255]},Tt={R:[3,7,13,25,45,67,84,98,110,124,138,154,173,191,210,225,233,233,231,229,230,235,243,253],G:[19,33,48,63,77,87,92,94,95,96,96,97,99,101,106,118,133,149,163,177,192,208,225,245],B:[38,58,79,99,114,122,122,120,117,113,110,105,101,97,94,96,103,112,122,134,149,169,192,218],A:[0,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64],I:[0,11,22,33,44,55,66,77,88,99,110,121,133,144,155,166,177,188,199,210,221,232,243,255]},Et={R:[0,148,183,223,247,252],G:[0,44,55,74,112,253],B:[4,128,121,104,92,191],A:[0,44,53,64,75,107],I:[0,107,128,154,179,255]},Dt={R:[11,59,55,222],G:[4,45,165,245],B:[5,91,172,229],A:[0,23,70,107],I:[0,56,167,255]},Ot={R:[3,5,6,8,12,19,28,36,42,48,54,61,68,76,86,96,110,129,154,181,205,224,239,252],G:[19,32,44,58,72,86,98,108,116,122,128,134,141,149,157,167,178,191,204,216,225,232,239,244],B:[39,60,82,104,123,137,144,145,142,138,134,130,126,121,116,110,105,104,112,131,155,178,198,217],A:[0,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64],I:[0,11,22,33,44,55,66,77,88,99,110,121,133,144,155,166,177,188,199,210,221,232,243,255]},kt={R:[0,85,0,0,0,0,0,0,85,255,255,255,172],G:[0,0,0,0,85,170,255,255,255,255,85,0,0],B:[0,170,85,255,255,170,170,0,85,0,0,0,0],A:[0,5,10,21,26,32,37,42,48,53,64,72,85],I:[0,15,31,63,79,95,111,127,143,159,191,217,255]},At={R:[13,156,237,240],G:[8,23,121,249],B:[135,158,83,33],A:[0,56,80,88],I:[0,64,192,255]},jt={R:[208,71,33,192,32,195,208,173,233,202,25,210,145,89,87,245,246,38,3,25,57,167,245,86,227,208,81,64,90,199,140,48,212,180,70,120,9,192,245,177,65,157,9,193,100,181,125,145,62,8,108,36,140,237,242,248,161,189,41,114,65,121,97,50,238,149,44,214,124,167,40,167,127,178,231,30,173,244,193,203,204,238,139,135,71,234,234,217,66,14,129,19,97,165,112,244,35,73,192,12,149,71,33,192,32,195,208,173,233,202,25,210,145,89,87,245,246,38,3,25,57,167,245,86,227,208,81,64,90,199,140,48,212,180,70,120,9,192,245,177,65,157,9,193,100,181,125,145,62,8,108,36,140,237,242,248,161,189,41,114,65,121,97,50,238,149,44,214,124,167,40,167,127,178,231,30,173,244,193,203,204,238,139,135,71,234,234,217,66,14,129,19,97,165,112,244,35,73,192,12,149,71,33,192,32,195,208,173,233,202,25,210,145,89,87,245,246,38,3,25,57,167,245,86,227,208,81,64,90,199,140,48,212,180,70,120,9,192,245,177,65,157,9,193,100,181,125,145,62,8,108,36,140,237,242,248],G:[182,46,78,199,79,89,41,208,135,20,154,35,21,43,230,113,191,147,208,37,28,27,86,203,25,209,148,187,139,111,48,102,76,110,106,130,37,160,34,222,90,165,245,222,102,47,19,130,4,232,137,211,240,11,140,21,42,22,241,61,99,115,199,166,114,190,204,60,233,66,115,230,125,103,203,125,13,176,94,131,39,198,167,124,67,175,254,1,15,198,62,237,159,31,218,58,244,47,61,67,94,46,78,199,79,89,41,208,135,20,154,35,21,43,230,113,191,147,208,37,28,27,86,203,25,209,148,187,139,111,48,102,76,110,106,130,37,160,34,222,90,165,245,222,102,47,19,130,4,232,137,211,240,11,140,21,42,22,241,61,99,115,199,166,114,190,204,60,233,66,115,230,125,103,203,125,13,176,94,131,39,198,167,124,67,175,254,1,15,198,62,237,159,31,218,58,244,47,61,67,94,46,78,199,79,89,41,208,135,20,154,35,21,43,230,113,191,147,208,37,28,27,86,203,25,209,148,187,139,111,48,102,76,110,106,130,37,160,34,222,90,165,245,222,102,47,19,130,4,232,137,211,240,11,140,21],B:[191,154,43,10,207,204,164,231,136,58,239,30,147,230,101,111,150,35,128,57,252,79,173,120,25,126,81,85,8,7,122,237,190,152,246,182,130,219,67,76,167,178,235,250,28,61,186,250,199,67,58,50,86,182,108,77,89,112,59,125,226,50,205,227,125,128,104,27,59,66,53,133,159,203,97,125,139,159,158,7,215,47,140,226,223,231,44,110,184,61,233,47,67,148,22,120,173,156,117,181,94,154,43,10,207,204,164,231,136,58,239,30,147,230,101,111,150,35,128,57,252,79,173,120,25,126,81,85,8,7,122,237,190,152,246,182,130,219,67,76,167,178,235,250,28,61,186,250,199,67,58,50,86,182,108,77,89,112,59,125,226,50,205,227,125,128,104,27,59,66,53,133,159,203,97,125,139,159,158,7,215,47,140,226,223,231,44,110,184,61,233,47,67,148,22,120,173,156,117,181,94,154,43,10,207,204,164,231,136,58,239,30,147,230,101,111,150,35,128,57,252,79,173,120,25,126,81,85,8,7,122,237,190,152,246,182,130,219,67,76,167,178,235,250,28,61,186,250,199,67,58,50,86,182,108,77],A:[0,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64],I:[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,58,59,60,61,62,63,64,65,66,67,68,69,70,71,72,73,74,75,76,77,78,79,80,81,82,83,84,85,86,87,88,89,90,91,92,93,94,95,96,97,98,99,100,101,102,103,104,105,106,107,108,109,110,111,112,113,114,115,116,117,118,119,120,121,122,123,124,125,126,127,128,129,130,131,132,133,134,135,136,137,138,139,140,141,142,143,144,145,146,147,148,149,150,151,152,153,154,155,156,157,158,159,160,161,162,163,164,165,166,167,168,169,170,171,172,173,174,175,176,177,178,179,180,181,182,183,184,185,186,187,188,189,190,191,192,193,194,195,196,197,198,199,200,201,202,203,204,205,206,207,208,209,210,211,212,213,214,215,216,217,218,219,220,221,222,223,224,225,226,227,228,229,230,231,232,233,234,235,236,237,238,239,240,241,242,243,244,245,246,247,248,249,250,251,252,253,254,255]},Mt={R:[0,128,255],G:[0,0,0],B:[0,0,0],A:[0,64,128],I:[0,128,255]},Nt={R:[192,224,255],G:[1,128,255],B:[0,0,0],A:[0,64,128],I:[0,128,255]},Pt={R:[3,112,144,188,236,246,255],G:[5,31,29,22,76,158,250],B:[26,87,91,86,62,117,235],A:[0,30,38,49,67,85,107],I:[0,73,92,118,160,205,255]},Ft={R:[1,240,255],G:[1,128,255],B:[1,128,255],A:[0,76,128],I:[0,153,255]},It={R:[0,5,18,34,53,72,90,107,126,144,161,178,194,209,222,233,242,248,251,251,249,244,241,252],G:[0,4,10,11,9,11,17,23,30,36,43,50,59,70,83,98,117,136,157,177,199,220,240,254],B:[3,24,50,76,96,106,109,110,108,104,97,89,79,67,55,42,26,12,6,22,47,79,121,164],A:[0,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64],I:[0,11,22,33,44,55,66,77,88,99,110,121,133,144,155,166,177,188,199,210,221,232,243,255]},Lt={R:[48,48,64,70,65,25,132,195,244,254,218,122],G:[18,18,64,107,150,226,255,241,199,158,57,4],B:[59,59,162,227,255,187,81,52,58,47,7,3],A:[0,22,26,30,34,43,52,57,63,67,77,86],I:[0,1,16,32,49,83,118,140,164,181,219,255]},Rt={R:[0,128,255],G:[0,0,0],B:[0,128,255],A:[0,64,128],I:[0,128,255]},zt={R:[68,49,53,253],G:[1,104,183,231],B:[84,142,121,37],A:[0,56,80,88],I:[0,64,192,255]},Bt={R:[255,255,255],G:[127,196,254],B:[0,0,0],A:[0,64,128],I:[0,128,255]},Vt={R:[0,0,0],G:[0,128,255],B:[255,196,128],A:[0,64,128],I:[0,128,255]},Ht={R:[3,64,0,0,255,255,255],G:[0,0,0,255,255,192,3],B:[0,32,48,56,64,96,128],A:[0,8,16,24,32,52,80],I:[0,32,64,96,160,192,255]},Ut={min:0,max:0,R:[0,37],G:[242,0],B:[255,255],A:[0,64],I:[0,255]},Wt={R:[255,255],G:[255,11],B:[0,0],A:[0,64],I:[0,255]},Gt={min:0,max:0,R:[65,10,223,120,216,207,251,93,252,217,21,253,131,165,173,143,144,217,86,89,63,254,172,1,142,107,42,78,221,8,222,71,127,126,167,33,104,2,208,216,0,251,7,105,2,101,248,190,253,62,255,224,166,37,110,138,45,34,6,37,69,201,43,122,199,37,173,194,103,211,75,159,96,4,239,98,110,193,253,166,40,255,48,130,140,243,101,9,177,220,133,32,4,81,48,48,210,109,60,132,1,119,1,159,247,33,212,187,253,144,196,254,168,79,64,196,39,97,73,173,104,216,217,43,101,119,254,5,237,103,203,122,57,87,251,164,19,75,200,2,252,150,66,0,255,157,23,254,55,16,240,161,69,253,207,195,5,60,255,251,200,217,134,123,253,180,27,246,130,136,250,232,4,125,140,22,253,255,13,180,123,61,254,111,10,185,76,192,255,223,186,61,198,5,172,13,83,172,171,6,23,73,134,133,109,61,213,55,57,132,36,209,2,144,1,253,68,155,3,160,2,77,121,70,67,176,223,131,4,162,232,255,150,94,235,191,207,10,246,0,225,4,209,116,57,112,172,253,1,6,92,227,73,62,135,223],G:[162,50,112,245,4,124,176,243,56,125,183,139,182,68,189,4,225,10,20,223,7,46,31,193,225,250,219,41,2,100,83,181,34,150,72,223,168,248,80,253,7,117,214,2,248,10,3,59,179,160,90,244,146,4,207,4,125,255,96,100,1,208,130,51,116,181,236,53,244,5,165,28,181,86,96,42,254,1,134,194,214,92,41,204,137,86,207,3,143,3,100,239,164,94,65,251,131,244,173,57,143,107,217,53,210,0,148,250,45,198,81,40,61,218,252,88,171,0,248,24,248,4,41,100,187,46,208,145,43,168,121,46,175,250,125,107,233,112,207,231,174,215,53,9,43,153,52,124,128,65,210,147,255,147,63,200,148,254,0,179,241,42,239,2,230,8,82,135,87,16,3,87,86,151,254,8,255,86,53,19,7,192,171,201,253,247,197,103,251,126,0,149,54,183,61,126,79,113,10,103,184,75,11,195,222,136,149,131,8,99,240,177,252,255,198,16,7,68,178,66,191,150,73,26,211,109,78,209,240,254,1,166,247,131,2,0,167,127,133,10,43,99,235,3,214,142,176,82,132,38,10,249,255,215,44,81],B:[176,182,248,37,117,35,96,69,32,152,108,20,237,250,2,89,141,216,111,251,211,149,10,44,214,103,31,251,3,32,252,246,97,1,219,167,197,4,36,116,206,118,106,43,205,204,114,69,127,205,87,80,41,251,145,204,253,161,247,1,149,9,43,253,97,72,136,161,171,181,26,255,108,80,218,214,231,255,84,31,109,4,218,3,217,36,68,85,241,39,221,2,240,2,173,42,206,5,110,46,103,27,212,184,2,207,246,45,116,72,110,253,38,105,248,159,243,81,192,93,141,145,24,157,234,131,57,178,62,75,65,176,148,40,253,66,76,240,51,154,17,251,139,253,207,9,114,49,200,254,96,73,138,118,204,102,137,89,145,161,4,112,66,234,147,178,212,205,185,11,203,131,2,250,118,169,1,185,154,53,171,197,61,175,249,96,15,254,95,5,222,75,246,194,2,61,180,25,133,165,15,233,59,35,221,140,109,7,114,255,198,0,115,168,252,23,242,80,75,142,137,255,12,182,68,201,4,111,37,228,83,248,24,192,249,5,54,223,160,122,160,114,145,119,252,31,253,250,10,214,8,47,0,142,222,70],A:[0,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64],I:[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,58,59,60,61,62,63,64,65,66,67,68,69,70,71,72,73,74,75,76,77,78,79,80,81,82,83,84,85,86,87,88,89,90,91,92,93,94,95,96,97,98,99,100,101,102,103,104,105,106,107,108,109,110,111,112,113,114,115,116,117,118,119,120,121,122,123,124,125,126,127,128,129,130,131,132,133,134,135,136,137,138,139,140,141,142,143,144,145,146,147,148,149,150,151,152,153,154,155,156,157,158,159,160,161,162,163,164,165,166,167,168,169,170,171,172,173,174,175,176,177,178,179,180,181,182,183,184,185,186,187,188,189,190,191,192,193,194,195,196,197,198,199,200,201,202,203,204,205,206,207,208,209,210,211,212,213,214,215,216,217,218,219,220,221,222,223,224,225,226,227,228,229,230,231,232,233,234,235,236,237,238,239,240,241,242,243,244,245,246,247,248,249,250,251,252,253,254,255]},Kt=e({$itksnap:()=>Oe,$slicer3d:()=>ke,actc:()=>Ae,afni_blues_inv:()=>Ut,afni_reds_inv:()=>Wt,batlow:()=>je,bcgwhw:()=>Ne,bcgwhw_dark:()=>Me,blue:()=>Re,blue2cyan:()=>Ie,blue2magenta:()=>Fe,blue2red:()=>Pe,bluegrn:()=>Le,bone:()=>ze,bronze:()=>Be,cet_l17:()=>Ve,cividis:()=>He,cool:()=>Ue,copper:()=>Ge,copper2:()=>We,ct_airways:()=>Ke,ct_artery:()=>qe,ct_bones:()=>Je,ct_brain:()=>Xe,ct_brain_gray:()=>Ye,ct_cardiac:()=>Ze,ct_head:()=>Qe,ct_kidneys:()=>$e,ct_liver:()=>et,ct_muscles:()=>tt,ct_scalp:()=>nt,ct_skull:()=>rt,ct_soft:()=>it,ct_soft_tissue:()=>at,ct_surface:()=>ot,ct_vessels:()=>st,ct_w_contrast:()=>ct,cubehelix:()=>lt,electric_blue:()=>ut,freesurfer:()=>dt,ge_color:()=>ft,gold:()=>pt,gray:()=>mt,green:()=>ht,green2cyan:()=>gt,green2orange:()=>_t,hot:()=>yt,hotiron:()=>vt,hsv:()=>bt,inferno:()=>xt,jet:()=>St,kry:()=>Ct,linspecer:()=>wt,lipari:()=>Tt,magma:()=>Et,mako:()=>Dt,navia:()=>Ot,nih:()=>kt,plasma:()=>At,random:()=>jt,red:()=>Mt,redyell:()=>Nt,rocket:()=>Pt,roi_i256:()=>Gt,surface:()=>Ft,thermal:()=>It,turbo:()=>Lt,violet:()=>Rt,viridis:()=>zt,warm:()=>Bt,winter:()=>Vt,x_rain:()=>Ht}),qt=function(e){return e[e.MIN_TO_MAX=0]=`MIN_TO_MAX`,e[e.ZERO_TO_MAX_TRANSPARENT_BELOW_MIN=1]=`ZERO_TO_MAX_TRANSPARENT_BELOW_MIN`,e[e.ZERO_TO_MAX_TRANSLUCENT_BELOW_MIN=2]=`ZERO_TO_MAX_TRANSLUCENT_BELOW_MIN`,e}({}),z=new class{gamma=1;version=.1;cluts={};constructor(){let e=Object.keys(Kt).filter(e=>!e.startsWith(`$`)).sort(new Intl.Collator(`en`).compare);for(let t of e)this.cluts[t]=Kt[t]}addColormap(e,t){this.cluts[e]=t}colormaps(){return Object.keys(this.cluts)}colorMaps(){return this.colormaps()}colormapFromKey(e){let t=this.cluts[e];return t!==void 0||(t=this.cluts[e.toLowerCase()],t!==void 0)?t:(e.length>0&&R.warn(`No color map named `+e),{min:0,max:0,R:[0,255],G:[0,255],B:[0,255],A:[0,255],I:[0,255]})}colormap(e=``,t=!1){let n=this.colormapFromKey(e);return this.makeLut(n.R,n.G,n.B,n.A,n.I,t)}makeLabelLut(e,t=255,n=1/0){if(e.R===void 0||e.G===void 0||e.B===void 0)throw Error(`Invalid colormap table: ${e}`);let r=e.R.length,i=e.I??[...Array(r).keys()],a=!1;for(let e=0;e<i.length;e++)i[e]>n&&(a=!0,i[e]=n);if(a&&R.warn(`Some colormap indices clamped to match label range.`),r!==e.G.length||r!==e.B.length||r!==i.length)throw Error(`colormap does not make sense: ${e} Rs ${e.R.length} Gs ${e.G.length} Bs ${e.B.length} Is ${i.length}`);let o=new Uint8ClampedArray(r).fill(t),s=i.indexOf(0);s>=0&&(o[s]=0),e.A!==void 0&&(o=Uint8ClampedArray.from(e.A));let c=Math.min(...i),l=Math.max(...i),u=l-c+1,d=new Uint8ClampedArray(u*4).fill(0);for(let t=0;t<r;t++){let n=(i[t]-c)*4;d[n++]=e.R[t],d[n++]=e.G[t],d[n++]=e.B[t],d[n++]=o[t]}let f={lut:d,min:c,max:l};if(e.labels){let t=e.labels.length;if(t===u)f.labels=e.labels;else if(t===r){f.labels=Array(u).fill(`?`);for(let t=0;t<r;t++)f.labels[i[t]-c]=e.labels[t]}}return f}async makeLabelLutFromUrl(e,t=255,n=1/0){let r=await(await fetch(e)).json();return this.makeLabelLut(r,t,n)}makeDrawLut(e){let t=typeof e==`object`?e:Kt[e];t===void 0&&(R.warn(`colormap undefined `,e),t=this.colormapFromKey(``));let n=this.makeLabelLut(t,255);if(n.labels===void 0&&(n.labels=[]),n.labels.length<256){let e=n.labels.length;for(let t=e;t<256;t++)n.labels.push(t.toString())}let r=new Uint8ClampedArray(1024),i=0;for(let e=0;e<256;e++)r[i++]=255,r[i++]=0,r[i++]=0,r[i++]=255;r[3]=0;let a=Math.min(n.lut.length,1024);if(a>0)for(let e=0;e<a;e++)r[e]=n.lut[e];return{lut:r,labels:n.labels}}makeLut(e,t,n,r,i,a){let o=e.length,s=[...e],c=[...t],l=[...n];if(!i){i=Array(o);for(let e=0;e<o;e++)i[e]=e/(o-1)*255}r||(r=Array(o).fill(64),r[0]=0);let u=Uint8ClampedArray.from(r),d=Uint8ClampedArray.from(i);if(a)for(let a=0;a<o;a++)s[a]=e[o-1-a],c[a]=t[o-1-a],l[a]=n[o-1-a],u[a]=255-r[o-1-a],d[a]=255-i[o-1-a];let f=new Uint8ClampedArray(1024);if(d===void 0){d=new Uint8ClampedArray(o).fill(0);for(let e=0;e<o;e++)d[e]=Math.round(e*255/(o-1))}u===void 0&&(u=new Uint8ClampedArray(o).fill(64),u[0]=0);for(let e=0;e<o-1;e++){let t=d[e],n=d[e+1];e===0&&t!==0&&R.warn(`colormap issue: indices expected to start with 0 not `,t),e===d.length-2&&n!==255&&(R.warn(`padding colormap: indices expected end with 255 not `,n),n=255);let r=n-t,i=t*4;for(let a=t;a<=n;a++){let n=(a-t)/r;f[i++]=s[e]+n*(s[e+1]-s[e]),f[i++]=c[e]+n*(c[e+1]-c[e]),f[i++]=l[e]+n*(l[e+1]-l[e]),f[i++]=u[e]+n*(u[e+1]-u[e])}}if(this.gamma===1)return f;for(let e=0;e<1020;e++)e%4!=3&&(f[e]=(f[e]/255)**(1/this.gamma)*255);return f}},Jt=class{static getClusterBoundaryU8(e,t){let n=Array(e.length).fill(!1),r=Array(e.length).fill(!1);for(let t=0;t<e.length;t++)e[t]>0&&(r[t]=!0);let i=t.length/3,a=0;for(let e=0;e<i;e++){let e=t[a],i=t[a+1],o=t[a+2];a+=3,(r[e]!==r[i]||r[e]!==r[o]||r[i]!==r[o])&&(n[e]=!0,n[i]=!0,n[o]=!0)}return n}static async gzip(e){let t=new CompressionStream(`gzip`),n=t.writable.getWriter();n.write(e).catch(console.error);let r=n.close().catch(console.error),i=new Response(t.readable),a=new Uint8Array(await i.arrayBuffer());return await r,a}static createMZ3(e,t,n=!1,r=null,i=null,a=null){let o=t?t.length/3:0,s=e?e.length/3:0;if(!Number.isInteger(o)||o<0)throw Error(`indices length must be a multiple of 3`);if(!Number.isInteger(s)||s<0)throw Error(`vertices length must be a multiple of 3`);let c=t&&t.length>0,l=e&&e.length>0,u=r instanceof Uint8Array&&r.length===s*4,d=null,f=0;if(a!=null){let e=typeof a==`string`?a:JSON.stringify(a);d=new TextEncoder().encode(e),f=d.byteLength}let p=!1,m=0;if(i!=null){if(!(i instanceof Float32Array))throw Error(`scalars must be a Float32Array or null/undefined`);if(s===0)throw Error(`cannot have scalars without vertices (nvert === 0)`);if(i.length>0&&i.length%s===0)p=!0,m=i.length/s;else throw Error(`scalars.length (${i.length}) must be a positive integer multiple of nvert (${s})`)}let h=0;c&&(h|=1),l&&(h|=2),u&&(h|=4),p&&(h|=8),d&&(h|=64);let g=c?o*3*4:0,_=l?s*3*4:0,v=u?s*4:0,y=p?m*s*4:0,b=16+f+g+_+v+y,x=new ArrayBuffer(b),S=new DataView(x),C=0;S.setUint16(C,23117,!0),C+=2,S.setUint16(C,h,!0),C+=2,S.setUint32(C,o,!0),C+=4,S.setUint32(C,s,!0),C+=4,S.setUint32(C,f,!0),C+=4;let w=16;if(f>0&&d&&(new Uint8Array(x,w,d.length).set(d),w+=f),c&&(new Uint32Array(x,w,t.length).set(t),w+=g),l&&(new Float32Array(x,w,e.length).set(e),w+=_),u&&(new Uint8Array(x,w,r.length).set(r),w+=v),p&&(new Float32Array(x,w,i.length).set(i),w+=y),w!==b)throw Error(`mz3 internal size mismatch: offset ${w} !== totalSize ${b}`);if(n)throw Error(`Call async createMZ3Async() for compression`);return x}static async createMZ3Async(e,t,n=!1,r=null,i=null,a=null){let o=this.createMZ3(e,t,n,r,i,a);return n?await this.gzip(new Uint8Array(o)):o}static createOBJ(e,t){let n=``;for(let t=0;t<e.length;t+=3)n+=`v ${e[t]} ${e[t+1]} ${e[t+2]}\n`;for(let e=0;e<t.length;e+=3)n+=`f ${t[e]+1} ${t[e+1]+1} ${t[e+2]+1}\n`;return new TextEncoder().encode(n).buffer}static createSTL(e,t){let n=t.length/3,r=84+n*50,i=new ArrayBuffer(r),a=new DataView(i);for(let e=0;e<80;e++)a.setUint8(e,0);a.setUint32(80,n,!0);let o=84;for(let n=0;n<t.length;n+=3){let r=t[n]*3,i=t[n+1]*3,s=t[n+2]*3;a.setFloat32(o,0,!0),a.setFloat32(o+4,0,!0),a.setFloat32(o+8,0,!0),o+=12,a.setFloat32(o,e[r],!0),a.setFloat32(o+4,e[r+1],!0),a.setFloat32(o+8,e[r+2],!0),o+=12,a.setFloat32(o,e[i],!0),a.setFloat32(o+4,e[i+1],!0),a.setFloat32(o+8,e[i+2],!0),o+=12,a.setFloat32(o,e[s],!0),a.setFloat32(o+4,e[s+1],!0),a.setFloat32(o+8,e[s+2],!0),o+=12,a.setUint16(o,0,!0),o+=2}return i}static downloadArrayBuffer(e,t){let n=new Blob([e],{type:`application/octet-stream`}),r=URL.createObjectURL(n),i=document.createElement(`a`);i.href=r,i.download=t,document.body.appendChild(i),i.style.display=`none`,i.click(),setTimeout(()=>{document.body.removeChild(i),URL.revokeObjectURL(r)},0)}static async saveMesh(e,t,n=`.mz3`,r=!1){let i=new ArrayBuffer(0);return/\.obj$/i.test(n)?i=this.createOBJ(e,t):/\.stl$/i.test(n)?i=this.createSTL(e,t):(/\.mz3$/i.test(n)||(n+=`.mz3`),i=await this.createMZ3Async(e,t,r)),n.length>4&&this.downloadArrayBuffer(i,n),i}static getClusterBoundary(e,t){let n=new Uint32Array(e.buffer),r=Array(n.length).fill(!1),i=t.length/3,a=0;for(let e=0;e<i;e++){let e=t[a],i=t[a+1],o=t[a+2];a+=3,(n[e]!==n[i]||n[e]!==n[o]||n[i]!==n[o])&&(r[e]=!0,r[i]=!0,r[o]=!0)}return r}static getExtents(e){if(!ArrayBuffer.isView(e)&&!Array.isArray(e)||e.length<3)return{mxDx:0,extentsMin:0,extentsMax:0};let t=0,n=j(e[0],e[1],e[2]),r=j(e[0],e[1],e[2]);for(let i=0;i<e.length;i+=3){let a=j(e[i],e[i+1],e[i+2]);t=Math.max(t,fe(a)),ee(n,n,a),te(r,r,a)}let i=[n[0],n[1],n[2]],a=[r[0],r[1],r[2]];return{mxDx:t,extentsMin:i,extentsMax:a}}static generateNormals(e,t){let n=[],r,i=e.length,a,o,s,c,l,u,d,f,p,m=new Float32Array(i),h=t.length;for(r=0;r<h;r+=3){d=t[r]*3,f=t[r+1]*3,p=t[r+2]*3;let i=[e[d],e[d+1],e[d+2]],h=[e[f],e[f+1],e[f+2]],g=[e[p],e[p+1],e[p+2]];a=h[0]-i[0],o=h[1]-i[1],s=h[2]-i[2],c=g[0]-i[0],l=g[1]-i[1],u=g[2]-i[2],n[0]=l*s-u*o,n[1]=u*a-c*s,n[2]=c*o-l*a,m[d]+=n[0],m[d+1]+=n[1],m[d+2]+=n[2],m[f]+=n[0],m[f+1]+=n[1],m[f+2]+=n[2],m[p]+=n[0],m[p+1]+=n[1],m[p+2]+=n[2]}for(r=0;r<i;r+=3){n[0]=-1*m[r],n[1]=-1*m[r+1],n[2]=-1*m[r+2];let e=n[0]*n[0]+n[1]*n[1]+n[2]*n[2];e>0&&(e=1/Math.sqrt(e),n[0]*=e,n[1]*=e,n[2]*=e),m[r]=n[0],m[r+1]=n[1],m[r+2]=n[2]}return m}},Yt=t(n(((e,t)=>{t.exports=function(e,t){var n=e.length;if(e===t)return!0;if(n!==t.length)return!1;for(var r=0;r<n;r++)if(e[r]!==t[r])return!1;return!0}}))(),1),Xt=class{#e;#t=0;#n=[];#r=[];#i;constructor(e){this.#e=new DataView(e),this.read()}async extract(e){let t=new Uint8Array(this.#e.buffer.slice(e.startsAt,e.startsAt+e.compressedSize));if(e.compressionMethod===0)return t;if(e.compressionMethod===8){let e=new DecompressionStream(`deflate-raw`),n=e.writable.getWriter();n.write(t).catch(console.error);let r=n.close().catch(console.error),i=new Response(e.readable),a=new Uint8Array(await i.arrayBuffer());return await r,a}throw Error(`Unsupported compression method: ${e.compressionMethod}`)}read(){for(;!this.#i&&this.#t<this.#e.byteLength;){let e=this.#e.getUint32(this.#t,!0);if(e===67324752){let e=this.readLocalFile(this.#t);e.extract=this.extract.bind(this,e),this.#n.push(e);let t=!!(e.generalPurpose&8);if(e.startsAt=this.#t+30+e.fileNameLength+e.extraLength,e.compressedSize===0&&t){let t=e.startsAt;for(;t+20<=this.#e.byteLength;){if(this.#e.getUint32(t,!0)===134695760&&this.#e.getUint16(t+16,!0)===19280){t+=4;break}t++}e.crc=this.#e.getUint32(t,!0),e.compressedSize=this.#e.getUint32(t+4,!0),e.uncompressedSize=this.#e.getUint32(t+8,!0),this.#t=t+12}else this.#t=e.startsAt+e.compressedSize}else if(e===33639248){let e=this.readCentralDirectory(this.#t);this.#r.push(e),this.#t+=46+e.fileNameLength+e.extraLength+e.fileCommentLength}else if(e===101010256){this.#i=this.readEndCentralDirectory(this.#t);break}else if(e===101075792){this.#i=this.readEndCentralDirectory64(this.#t);break}else{console.error(`Unexpected ZIP signature 0x${e.toString(16).padStart(8,`0`)} at index ${this.#t}`);break}}}readLocalFile(e){let t=this.#e.getUint32(e+18,!0),n=this.#e.getUint32(e+22,!0),r=this.#e.getUint16(e+26,!0),i=this.#e.getUint16(e+28,!0),a=e+30+r;if(this.readString(a,i),t===4294967295&&n===4294967295){let e=a,r=!1;for(;e<a+i-4;){let i=this.#e.getUint16(e,!0),a=this.#e.getUint16(e+2,!0);if(e+=4,i===1){if(a>=16){n=Number(this.#e.getBigUint64(e,!0)),e+=8,t=Number(this.#e.getBigUint64(e,!0)),r=!0;break}throw Error(`ZIP64 extra field found but is too small (expected at least 16 bytes, got ${a}).`)}e+=a}if(!r)throw Error(`ZIP64 format missing extra field with signature 0x0001.`)}return{signature:this.readString(e,4),version:this.#e.getUint16(e+4,!0),generalPurpose:this.#e.getUint16(e+6,!0),compressionMethod:this.#e.getUint16(e+8,!0),lastModifiedTime:this.#e.getUint16(e+10,!0),lastModifiedDate:this.#e.getUint16(e+12,!0),crc:this.#e.getUint32(e+14,!0),compressedSize:t,uncompressedSize:n,fileNameLength:r,extraLength:i,fileName:this.readString(e+30,r),extra:this.readString(e+30+r,i)}}readCentralDirectory(e){return{versionCreated:this.#e.getUint16(e+4,!0),versionNeeded:this.#e.getUint16(e+6,!0),fileNameLength:this.#e.getUint16(e+28,!0),extraLength:this.#e.getUint16(e+30,!0),fileCommentLength:this.#e.getUint16(e+32,!0),diskNumber:this.#e.getUint16(e+34,!0),internalAttributes:this.#e.getUint16(e+36,!0),externalAttributes:this.#e.getUint32(e+38,!0),offset:this.#e.getUint32(e+42,!0),comments:this.readString(e+46,this.#e.getUint16(e+32,!0))}}readEndCentralDirectory(e){let t=this.#e.getUint16(e+20,!0);return{numberOfDisks:this.#e.getUint16(e+4,!0),centralDirectoryStartDisk:this.#e.getUint16(e+6,!0),numberCentralDirectoryRecordsOnThisDisk:this.#e.getUint16(e+8,!0),numberCentralDirectoryRecords:this.#e.getUint16(e+10,!0),centralDirectorySize:this.#e.getUint32(e+12,!0),centralDirectoryOffset:this.#e.getUint32(e+16,!0),commentLength:t,comment:this.readString(e+22,t)}}readEndCentralDirectory64(e){let t=Number(this.#e.getBigUint64(e+0,!0));return{numberOfDisks:this.#e.getUint32(e+16,!0),centralDirectoryStartDisk:this.#e.getUint32(e+20,!0),numberCentralDirectoryRecordsOnThisDisk:Number(this.#e.getBigUint64(e+24,!0)),numberCentralDirectoryRecords:Number(this.#e.getBigUint64(e+32,!0)),centralDirectorySize:Number(this.#e.getBigUint64(e+40,!0)),centralDirectoryOffset:Number(this.#e.getBigUint64(e+48,!0)),commentLength:t,comment:``}}readString(e,t){return Array.from({length:t},(t,n)=>String.fromCharCode(this.#e.getUint8(e+n))).join(``)}get entries(){return this.#n}},B=class e{static arrayBufferToBase64(t){let n=new Uint8Array(t);return e.uint8tob64(n)}static async decompress(e){let t=e[0]===31&&e[1]===139&&e[2]===8?`gzip`:e[0]===120&&(e[1]===1||e[1]===94||e[1]===156||e[1]===218)?`deflate`:`deflate-raw`,n=new DecompressionStream(t),r=n.writable.getWriter();r.write(e).catch(console.error);let i=r.close().catch(console.error),a=new Response(n.readable),o=new Uint8Array(await a.arrayBuffer());return await i,o}static async decompressToBuffer(t){let n=await e.decompress(t);return n.buffer.slice(n.byteOffset,n.byteOffset+n.byteLength)}static async readMatV4(e,t=!1){let n=e.byteLength;if(n<40)throw Error(`File too small to be MAT v4: bytes = `+e.byteLength);let r=new DataView(e),i=r.getUint16(0,!0),a=e;if(i===35615||i===8075){let t=await this.decompress(new Uint8Array(e));r=new DataView(t.buffer),i=r.getUint16(0,!0),a=t.buffer,n=a.byteLength}let o=new TextDecoder(`utf-8`),s=new Uint8Array(a),c=0,l={};function u(e){return Math.floor(e/10)%10}function d(e,t,n){let r=new Uint8Array(s.subarray(t,n));return e===1?new Float32Array(r.buffer):e===2?new Int32Array(r.buffer):e===3?new Int16Array(r.buffer):e===4?new Uint16Array(r.buffer):e===5?new Uint8Array(r.buffer):new Float64Array(r.buffer)}function f(){let e=r.getUint32(c,!0),n=r.getUint32(c+4,!0),i=r.getUint32(c+8,!0),a=r.getUint32(c+12,!0),f=r.getUint32(c+16,!0);if(c+=20,a!==0)throw Error(`Matlab V4 reader does not support imaginary numbers`);let p=n*i;if(p<1)throw Error(`mrows * ncols must be greater than one`);let m=new Uint8Array(s.subarray(c,c+f)),h=o.decode(m).trim().replaceAll(`\0`,``);t&&(h=h.replaceAll(`.`,`_`));let g=u(e),_=8;if(g>=1&&g<=2)_=4;else if(g>=3&&g<=4)_=2;else if(g===5)_=1;else if(g!==0)throw Error(`impossible Matlab v4 datatype`);if(c+=f,e>50)throw Error(`Does not appear to be little-endian V4 Matlab file`);let v=c+p*_;l[h]=d(g,c,v),c=v}for(;c+20<n;)f();return l}static b64toUint8(e){let t=atob(e),n=t.length,r=new Uint8Array(n);for(let e=0;e<n;e++)r[e]=t.charCodeAt(e);return r}static uint8tob64(e){let t=``,n=`ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/`,r=e.byteLength,i=r%3,a=r-i,o,s,c,l,u;for(let r=0;r<a;r+=3)u=e[r]<<16|e[r+1]<<8|e[r+2],o=(u&16515072)>>18,s=(u&258048)>>12,c=(u&4032)>>6,l=u&63,t+=n[o]+n[s]+n[c]+n[l];return i===1?(u=e[a],o=(u&252)>>2,s=(u&3)<<4,t+=n[o]+n[s]+`==`):i===2&&(u=e[a]<<8|e[a+1],o=(u&64512)>>10,s=(u&1008)>>4,c=(u&15)<<2,t+=n[o]+n[s]+n[c]+`=`),t}static download(e,t,n){let r=document.createElement(`a`),i=new Blob(Array.isArray(e)?e:[e],{type:n});r.href=URL.createObjectURL(i),r.download=t,r.click()}static readFileAsync(e){return new Promise((t,n)=>{let r=new FileReader;r.onload=()=>{t(r.result)},r.onerror=n,r.readAsArrayBuffer(e)})}static blobToBase64(e){return new Promise(t=>{let n=new FileReader;n.onloadend=()=>t(n.result),n.readAsDataURL(e)})}static async decompressBase64String(t){let n=atob(t),r=new ArrayBuffer(n.length),i=new Uint8Array(r);for(let e=0;e<n.length;e++)i[e]=n.charCodeAt(e);return e.decompressArrayBuffer(i)}static async compressToBase64String(t){let n=await e.compressStringToArrayBuffer(t);return e.uint8tob64(new Uint8Array(n))}static strToU8(e,t){if(t){let t=new Uint8Array(e.length);for(let n=0;n<e.length;++n)t[n]=e.charCodeAt(n);return t}let n=e.length,r=(e,t,n)=>((t==null||t<0)&&(t=0),(n==null||n>e.length)&&(n=e.length),new Uint8Array(e.subarray(t,n))),i=new Uint8Array(e.length+(e.length>>1)),a=0,o=e=>{i[a++]=e};for(let r=0;r<n;++r){if(a+5>i.length){let e=new Uint8Array(a+8+(n-r<<1));e.set(i),i=e}let s=e.charCodeAt(r);s<128||t?o(s):s<2048?(o(192|s>>6),o(128|s&63)):(s=65536+(s&1047552)|e.charCodeAt(++r)&1023,o(240|s>>18),o(128|s>>12&63),o(128|s>>6&63),o(128|s&63))}return r(i,0,a)}static async compress(e,t=`gzip`){let n=new CompressionStream(t),r=n.writable.getWriter();r.write(e).catch(console.error);let i=r.close().catch(console.error),a=await new Response(n.readable).arrayBuffer();return await i,a}static async compressStringToArrayBuffer(e){let t=this.strToU8(e);return await this.compress(t)}static isArrayBufferCompressed(e){if(e&&e.byteLength){let t=new Uint8Array(e);return(t[0]<<8|t[1])==8075}return!1}static strFromU8(e,t){if(t){let t=``;for(let n=0;n<e.length;n+=16384)t+=String.fromCharCode.apply(null,e.subarray(n,n+16384));return t}{let t=(e,t,n)=>((t==null||t<0)&&(t=0),(n==null||n>e.length)&&(n=e.length),new Uint8Array(e.subarray(t,n))),{s:n,r}=(e=>{for(let n=``,r=0;;){let i=e[r++],a=(i>127)+(i>223)+(i>239);if(r+a>e.length)return{s:n,r:t(e,r-1)};a?a===3?(i=((i&15)<<18|(e[r++]&63)<<12|(e[r++]&63)<<6|e[r++]&63)-65536,n+=String.fromCharCode(55296|i>>10,56320|i&1023)):a&1?n+=String.fromCharCode((i&31)<<6|e[r++]&63):n+=String.fromCharCode((i&15)<<12|(e[r++]&63)<<6|e[r++]&63):n+=String.fromCharCode(i)}})(e);if(r.length)throw Error(`Unexpected trailing bytes in UTF-8 decoding`);return n}}static async decompressArrayBuffer(e){let t=await this.decompress(new Uint8Array(e));return this.strFromU8(t)}static arraysAreEqual(e,t){return(0,Yt.default)(e,t)}static range(e,t,n){return Array.from({length:(t-e)/n+1},(t,r)=>e+r*n)}static sph2cartDeg(e,t){let n=-t*(Math.PI/180),r=(e-90)%360*(Math.PI/180),i=[Math.cos(n)*Math.cos(r),Math.cos(n)*Math.sin(r),Math.sin(n)],a=Math.sqrt(i[0]*i[0]+i[1]*i[1]+i[2]*i[2]);return a<=0||(i[0]/=a,i[1]/=a,i[2]/=a),i}static vox2mm(e,t){let n=d(t);h(n,n);let r=I(e[0],e[1],e[2],1);return L(r,r,n),j(r[0],r[1],r[2])}},Zt=R,V=class e{static readTRACT(e){let t=e.byteLength;if(t<20)throw Error(`File too small to be niml.tract: bytes = `+t);let n=new DataView(e),r=new Uint8Array(e),i=0;function a(){for(;i<t&&r[i]!==60;)i++;let n=i;for(;i<t&&r[i]!==62;)i++;return i++,i-n<1?``:new TextDecoder().decode(e.slice(n,i-1)).trim()}let o=a();function s(e){let t=o.indexOf(e);if(t<0)return 0;let n=o.indexOf(`"`,t)+1,r=o.indexOf(`"`,n),i=o.slice(n,r);return parseInt(i)}let c=s(`N_tracts=`);(!o.startsWith(`<network`)||c<1)&&R.warn(`This is not a valid niml.tract file `+o);let l=0,u=[];u.push(l);let d=[],f=[];for(let e=0;e<c;e++){o=a();let e=s(`ni_dimen=`),t=s(`Bundle_Tag=`),r=o.includes(`binary.lsbfirst`);for(let a=0;a<e;a++){i+=4;let e=n.getUint32(i,r)/3;i+=4;for(let t=0;t<e;t++)d.push(n.getFloat32(i,r)),i+=4,d.push(-n.getFloat32(i,r)),i+=4,d.push(n.getFloat32(i,r)),i+=4;l+=e,u.push(l),f.push(t)}o=a()}let p=[];return p.push({id:`tract`,vals:Float32Array.from(f)}),{pts:new Float32Array(d),offsetPt0:new Uint32Array(u),dps:p}}static async readTT(e){let t=new Uint32Array,n=new Float32Array,r=await B.readMatV4(e);if(!(`trans_to_mni`in r))throw Error(`TT format file must have 'trans_to_mni'`);if(!(`voxel_size`in r))throw Error(`TT format file must have 'voxel_size'`);if(!(`track`in r))throw Error(`TT format file must have 'track'`);let i=u(),a=r.trans_to_mni;i=p(a[0],a[1],a[2],a[3],a[4],a[5],a[6],a[7],a[8],a[9],a[10],a[11],a[12],a[13],a[14],a[15]),h(i,i);function o(e){let r=new DataView(e.buffer),a=[],o=0,s=0;for(;s<e.length;){a.push(s);let e=r.getUint32(s,!0);s=s+e+13,o+=e}t=new Uint32Array(a.length+1),n=new Float32Array(o);let c=0;for(let e=0;e<a.length;e++){t[e]=c/3;let i=a[e],o=r.getUint32(i,!0)/3,s=r.getInt32(i+4,!0),l=r.getInt32(i+8,!0),u=r.getInt32(i+12,!0);i+=16,n[c++]=s,n[c++]=l,n[c++]=u;for(let e=2;e<=o;e++)s+=r.getInt8(i++),l+=r.getInt8(i++),u+=r.getInt8(i++),n[c++]=s,n[c++]=l,n[c++]=u}for(let e=0;e<c;e++)n[e]=n[e]/32;let l=0;for(let e=0;e<c/3;e++){let e=I(n[l],n[l+1],n[l+2],1);L(e,e,i),n[l++]=e[0],n[l++]=e[1],n[l++]=e[2]}t[a.length]=c/3}return o(r.track),{pts:n,offsetPt0:t}}static assembleDpgFromMap(e,t){if(!Array.isArray(t)||t.length===0)throw Error(`assembleDpgFromMap: "groups" is empty or missing; cannot assemble dpg.`);let n=new Set;for(let t in e)e[t].forEach(e=>n.add(e.id));let r=[];for(let i of n){let n=[],a=0;for(let r=0;r<t.length;r++){let o=(e[String(t[r].id)]||[]).find(e=>e.id===i);if(o){let e=o.vals instanceof Float32Array?o.vals:Float32Array.from(o.vals);n.push(e),a+=e.length}else{let e=new Float32Array([NaN]);n.push(e),a+=e.length}}let o=new Float32Array(a),s=0;for(let e of n)o.set(e,s),s+=e.length;r.push({id:i,vals:o})}return r}static async readTRX(e){function t(e){let t=(e&31744)>>10,n=e&1023;return(e>>15?-1:1)*(t?t===31?n?NaN:1/0:2**(t-15)*(1+n/1024):n/1024*6103515625e-14)}let n=0,r=0,i=new Float32Array([]),a=[],o={},s=[],c=[],l=[],u=[],d=!1,f=new Xt(e);for(let e=0;e<f.entries.length;e++){let p=f.entries[e];if(p.uncompressedSize===0)continue;let m=p.fileName.split(`/`),h=m.slice(-1)[0];if(h.startsWith(`.`))continue;let g=m.slice(-3)[0],_=m.slice(-2)[0],v=h.split(`.`)[0],y=await p.extract();if(h.includes(`header.json`)){let e=new TextDecoder().decode(y);u=JSON.parse(e);continue}let b=0,x=[];if(h.endsWith(`.uint64`)||h.endsWith(`.int64`)){b=y.length/8,x=new Uint32Array(b);let e=new Uint32Array(y.buffer),t=0;for(let n=0;n<b;n++)x[n]=e[t],e[t+1]!==0&&(d=!0),t+=2}else if(h.endsWith(`.uint32`))x=new Uint32Array(y.buffer);else if(h.endsWith(`.uint16`))x=new Uint16Array(y.buffer);else if(h.endsWith(`.uint8`))x=new Uint8Array(y.buffer);else if(h.endsWith(`.int32`))x=new Int32Array(y.buffer);else if(h.endsWith(`.int16`))x=new Int16Array(y.buffer);else if(h.endsWith(`.int8`))x=new Int8Array(y.buffer);else if(h.endsWith(`.float64`))x=new Float64Array(y.buffer);else if(h.endsWith(`.float32`))x=new Float32Array(y.buffer);else if(h.endsWith(`.float16`)){b=y.length/2,x=new Float32Array(b);let e=new Uint16Array(y.buffer),n=new Float32Array(65536);for(let e=0;e<65536;e++)n[e]=t(e);for(let t=0;t<b;t++)x[t]=n[e[t]]}else continue;if(b=x.length,_.includes(`groups`))s.push({id:v,vals:Float32Array.from(x.slice())});else if(g.includes(`dpg`)){let e=String(_);o[e]||(o[e]=[]),o[e].push({id:v,vals:Float32Array.from(x.slice())})}else if(_.includes(`dpv`))l.push({id:v,vals:Float32Array.from(x.slice())});else if(_.includes(`dps`))c.push({id:v,vals:Float32Array.from(x.slice())});else{if(h.startsWith(`offsets.`)){n=b;for(let e=0;e<b;e++)a[e]=x[e]}h.startsWith(`positions.3.`)&&(r=b,i=new Float32Array(x))}}if(n===0||r===0)throw Error(`Failure reading TRX format (no offsets or points).`);if(d)throw Error(`Too many vertices: JavaScript does not support 64 bit integers`);let p=[];return s.length>0&&o&&Object.keys(o).length>0&&(p=this.assembleDpgFromMap(o,s)),a[n]=r/3,{pts:i,offsetPt0:new Uint32Array(a),dpg:p,dps:c,dpv:l,groups:s,header:u}}static readTXT(e,t=0){let n=new TextDecoder(`utf-8`).decode(e).split(/\r?\n|\r/).filter(e=>e.trim().length>0);t<=0&&(t=n.length);let r=new Float32Array(t);for(let e=0;e<t&&e<n.length;e++){let t=parseFloat(n[e].trim());r[e]=Number.isFinite(t)?t:0}return r}static readTSF(e,t=0){let n=new Float32Array(t),r=e.byteLength;if(r<20)throw Error(`File too small to be TSF: bytes = `+r);let i=new Uint8Array(e),a=0;function o(){for(;a<r&&i[a]===10;)a++;let t=a;for(;a<r&&i[a]!==10;)a++;return a++,a-t<1?``:new TextDecoder().decode(e.slice(t,a-1))}let s=o();if(!s.includes(`mrtrix track scalars`))throw Error(`Not a valid TSF file`);let c=-1;for(;a<r&&!s.includes(`END`);)if(s=o(),s.toLowerCase().startsWith(`file:`)&&(c=parseInt(s.split(` `).pop())),s.toLowerCase().startsWith(`datatype:`)&&!s.endsWith(`Float32LE`))throw Error(`Only supports TSF files with Float32LE`);if(c<20)throw Error(`Not a valid TSF file (missing file offset)`);a=c;let l=new DataView(e),u=0;for(;a+4<=r&&u<t;){let e=l.getFloat32(a,!0);if(a+=4,isFinite(e))n[u++]=e;else if(!isNaN(e))break}return n}static readTCK(e){let t=e.byteLength;if(t<20)throw Error(`File too small to be TCK: bytes = `+t);let n=new Uint8Array(e),r=0;function i(){for(;r<t&&n[r]===10;)r++;let i=r;for(;r<t&&n[r]!==10;)r++;return r++,r-i<1?``:new TextDecoder().decode(e.slice(i,r-1))}let a=i();if(!a.includes(`mrtrix tracks`))throw Error(`Not a valid TCK file`);let o=-1;for(;r<t&&!a.includes(`END`);)a=i(),a.toLowerCase().startsWith(`file:`)&&(o=parseInt(a.split(` `).pop()));if(o<20)throw Error(`Not a valid TCK file (missing file offset)`);r=o;let s=new DataView(e),c=0,l=new Uint32Array(t/16),u=0,d=0,f=new Float32Array(t/4);for(l[0]=0;r+12<t;){let e=s.getFloat32(r,!0);r+=4;let t=s.getFloat32(r,!0);r+=4;let n=s.getFloat32(r,!0);if(r+=4,isFinite(e))f[d++]=e,f[d++]=t,f[d++]=n,c++;else if(l[u++]=c,!isNaN(e))break}return f=f.slice(0,d),l=l.slice(0,u),{pts:f,offsetPt0:l}}static async readTRK(e){let t=new DataView(e),n=t.getUint32(0,!0);if(n!==1128354388){let r;if(n===4247762216)throw Error(`zstd TRK decompression is not supported`);r=await B.decompress(new Uint8Array(e)),e=r.buffer,t=new DataView(e),n=t.getUint32(0,!0)}let r=t.getUint32(992,!0),i=t.getUint32(996,!0);if(r>3||i!==1e3||n!==1128354388)throw Error(`Not a valid TRK file expected version ≤3 (${r}), header size 1000 (${i}) and magic of 1128354388 (${n})`);let a=t.getInt16(36,!0),o=[];for(let t=0;t<a;t++){let n=new Uint8Array(e.slice(38+t*20,58+t*20)),r=new TextDecoder().decode(n).split(`\0`).shift();o.push({id:r.trim(),vals:[]})}let s=t.getFloat32(12,!0),c=t.getFloat32(16,!0),l=t.getFloat32(20,!0),d=p(1/s,0,0,-.5,0,1/c,0,-.5,0,0,1/l,-.5,0,0,0,1),f=t.getInt16(238,!0),h=[];for(let t=0;t<f;t++){let n=new Uint8Array(e.slice(240+t*20,260+t*20)),r=new TextDecoder().decode(n).split(`\0`).shift();h.push({id:r.trim(),vals:[]})}let g=u();for(let e=0;e<16;e++)g[e]=t.getFloat32(440+e*4,!0);g[15]===0&&(R.warn(`TRK vox_to_ras not set`),m(g));let _=u();D(_,d,g);let v=null,y=null;v=new Int32Array(e.slice(i)),y=new Float32Array(v.buffer);let b=v.length;if(b<1)throw Error(`Empty TRK file.`);let x=0,S=0,C=new Uint32Array(v.length/4),w=0,T=new Float32Array(v.length),E=0;for(;x<b;){let e=v[x];x+=1,C[w++]=S;for(let t=0;t<e;t++){let e=y[x+0],t=y[x+1],n=y[x+2];if(x+=3,T[E++]=e*_[0]+t*_[1]+n*_[2]+_[3],T[E++]=e*_[4]+t*_[5]+n*_[6]+_[7],T[E++]=e*_[8]+t*_[9]+n*_[10]+_[11],a>0)for(let e=0;e<a;e++)o[e].vals.push(y[x]),x++;S++}if(f>0)for(let e=0;e<f;e++)h[e].vals.push(y[x]),x++}let O=[];for(let e=0;e<h.length;e++)O.push({id:h[e].id,vals:Float32Array.from(h[e].vals)});let k=[];for(let e=0;e<o.length;e++)k.push({id:o[e].id,vals:Float32Array.from(o[e].vals)});return C[w++]=S,T=T.slice(0,E),C=C.slice(0,w),{pts:T,offsetPt0:C,dps:O,dpv:k}}static readTxtVTK(e){let t=new TextDecoder(`utf-8`).decode(e).split(`
`);if(t.length<7||!t[0].startsWith(`# vtk DataFile`))throw Error(`Invalid VTK image`);if(!t[2].startsWith(`ASCII`))throw Error(`Not ASCII VTK mesh`);let n=3;for(;t[n].length<1;)n++;if(!t[n].includes(`POLYDATA`))throw Error(`Not ASCII VTK polydata`);for(n++;t[n].length<1;)n++;if(!t[n].startsWith(`POINTS`))throw Error(`Not VTK POINTS`);let r=t[n].trim().split(/\s+/),i=parseInt(r[1]),a=i*3,o=new Float32Array(i*3),s=0;for(;s<i*3;){n++;let e=t[n].trim().trim().split(/\s+/);for(let t=0;t<e.length&&!(s>=a);t++)o[s]=parseFloat(e[t]),s++}let c=[];for(n++;t[n].length<1;)n++;if(t[n].startsWith(`METADATA`)){for(;t[n].length>1;)n++;n++}if(r=t[n].trim().split(/\s+/),n++,r[0].includes(`LINES`)){let e=parseInt(r[1]);if(e<1)throw Error(`Corrupted VTK ASCII`);let i=t[n].trim(),a=[],s=[];if(i.startsWith(`OFFSETS`)){n++;let r=0;for(;r<e;){i=t[n].trim(),n++;let o=i.trim().split(/\s+/);for(let t=0;t<o.length&&(a[r]=parseInt(o[t]),r++,!(r>=e));t++);}s=Array.from(o)}else{let r=0;a[0]=0;let c=[],l=0;function u(){i=t[n].trim();let e=i.trim().split(/\s+/);c=[];for(let t=0;t<e.length;t++)c.push(parseInt(e[t]));l=0,n++}u();for(let t=0;t<e;t++){l>=c.length&&u();let e=c[l++];r+=e,a[t+1]=r;for(let t=0;t<e;t++){l>=c.length&&u();let e=c[l++]*3;s.push(o[e+0]),s.push(o[e+1]),s.push(o[e+2])}}}return{pts:Float32Array.from(s),offsetPt0:Uint32Array.from(a)}}if(r[0].includes(`TRIANGLE_STRIPS`)){let e=parseInt(r[1]);for(let r=0;r<e;r++){let e=t[n].trim();n++;let r=e.trim().split(/\s+/),i=parseInt(r[0])-2,a=1;for(let e=0;e<i;e++)e%2?(c.push(parseInt(r[a+2])),c.push(parseInt(r[a+1])),c.push(parseInt(r[a]))):(c.push(parseInt(r[a])),c.push(parseInt(r[a+1])),c.push(parseInt(r[a+2]))),a+=1}}else if(r[0].includes(`POLYGONS`)){let e=parseInt(r[1]);for(let r=0;r<e;r++){let e=t[n].trim();n++;let r=e.trim().split(/\s+/),i=parseInt(r[0])-2,a=parseInt(r[1]),o=parseInt(r[2]);for(let e=0;e<i;e++){let t=parseInt(r[3+e]);c.push(a),c.push(o),c.push(t),o=t}}}else throw Error(`Unsupported ASCII VTK datatype `+r[0]);return{positions:o,indices:new Uint32Array(c)}}static async readLayer(t=``,n,r,i=.5,a=`warm`,o=`winter`,s=!1,c=null,l=null,u=0){let d={...an,colormapInvert:!1,colormapType:0,isTransparentBelowCalMin:!0,isAdditiveBlend:!1,colorbarVisible:!0,colormapLabel:null},f=/(?:\.([^.]+))?$/,p=f.exec(t)[1];p=p.toUpperCase(),p===`GZ`&&(p=f.exec(t.slice(0,-3))[1],p=p.toUpperCase());let m=r.vertexCount/3;if(r.offsetPt0){let i=t.split(`/`),a=`Unknown`;if(i.length>1&&i.pop()&&(a=a.split(`.`).slice(0,-1).join(`.`)),p===`TXT`){let t=r.offsetPt0.length-1,i=e.readTXT(n,t);if(i.length!==t)throw Error(`TXT file has ${i.length} items, expected one per streamline (${t}).`);r.dps||=[];let o=i.reduce((e,t)=>Math.min(e,t)),s=i.reduce((e,t)=>Math.max(e,t));return r.dps.push({id:a,vals:Float32Array.from(i.slice()),global_min:o,global_max:s,cal_min:o,cal_max:s}),d}if(p===`NII`){let t=await e.readNII(n,r.pts,``),i=t.reduce((e,t)=>Math.min(e,t)),o=t.reduce((e,t)=>Math.max(e,t));return r.dpv.push({id:a,vals:Float32Array.from(t.slice()),global_min:i,global_max:o,cal_min:i,cal_max:o}),d}if(p!==`TSF`)throw Error(`readLayer for streamlines only supports TSF and TXT files.`);let o=r.pts.length/3,s=e.readTSF(n,o);r.dpv||=[];let c=s.reduce((e,t)=>Math.min(e,t)),l=s.reduce((e,t)=>Math.max(e,t));return r.dpv.push({id:a,vals:Float32Array.from(s.slice()),global_min:c,global_max:l,cal_min:c,cal_max:l}),d}if(m<3){R.error(`n_vert < 3 in layer`);return}if(p===`MZ3`){let t=await e.readMZ3(n,m);d.values=t.scalars,`colormapLabel`in t&&(d.colormapLabel=t.colormapLabel)}else if(p===`ANNOT`){let t=e.readANNOT(n,m,!0);t instanceof Uint32Array?d.values=t:(d.values=t.scalars,d.colormapLabel=t.colormapLabel)}else if(p===`CRV`||p===`CURV`||p===`THICKNESS`||p===`AREA`)d.values=e.readCURV(n,m),d.isTransparentBelowCalMin=!1;else if(p===`GII`){let t=await e.readGII(n,m);d.values=t.scalars,d.colormapLabel=t.colormapLabel}else if(p===`MGH`||p===`MGZ`){let t=await e.readMGH(n,m,!0);`scalars`in t?(d.values=t.scalars,d.colormapLabel=t.colormapLabel):d.values=t}else if(p===`NII`)d.values=await e.readNII(n,r.pts,r.anatomicalStructurePrimary);else if(p===`SMP`)d.values=await e.readSMP(n,m);else if(p===`STC`)d.values=e.readSTC(n,m);else if(e.isCurv(n))d.values=e.readCURV(n,m),d.isTransparentBelowCalMin=!1;else return R.warn(`Unknown layer overlay format `+t),d;if(!d.values){R.error(`no values in layer`);return}d.nFrame4D=d.values.length/m,d.frame4D=0,d.outlineBorder=u;let h=d.values[0],g=d.values[0];for(let e=0;e<d.values.length;e++)h=Math.min(h,d.values[e]),g=Math.max(g,d.values[e]);return d.global_min=h,d.global_max=g,d.cal_min=c||0,c||(d.cal_min=h),d.cal_max=l||0,l||(d.cal_max=g),d.cal_minNeg=NaN,d.cal_maxNeg=NaN,d.opacity=i,d.colormap=a,d.colormapNegative=o,d.useNegativeCmap=s,d}static async readSMP(e,t){let n=e.byteLength,r=new DataView(e),i=r.getUint16(0,!0);if(i>5){let t=await B.decompress(new Uint8Array(e));r=new DataView(t.buffer),i=r.getUint16(0,!0),e=t.buffer}i>5&&R.error(`Unsupported or invalid BrainVoyager SMP version `+i);let a=r.getUint32(2,!0);a!==t&&R.error(`SMP file has `+a+` vertices, background mesh has `+t);let o=r.getUint16(6,!0),s=new Float32Array(a*o),c=[],l=9;function u(){let t=l;for(;l<n&&r.getUint8(l)!==0;)l++;return l++,new TextDecoder().decode(e.slice(t,l-1))}u();for(let t=0;t<o;t++){let n={};n.mapType=r.getUint32(l,!0),l+=4,i>=3&&n.mapType===3&&(n.nLags=r.getUint32(l,!0),l+=4,n.mnLag=r.getUint32(l,!0),l+=4,n.mxLag=r.getUint32(l,!0),l+=4,n.ccOverlay=r.getUint32(l,!0),l+=4),n.clusterSize=r.getUint32(l,!0),l+=4,n.clusterCheck=r.getUint8(l),l+=1,n.critThresh=r.getFloat32(l,!0),l+=4,n.maxThresh=r.getFloat32(l,!0),l+=4,i>=4&&(n.includeValuesGreaterThreshMax=r.getUint32(l,!0),l+=4),n.df1=r.getUint32(l,!0),l+=4,n.df2=r.getUint32(l,!0),l+=4,i>=5?(n.posNegFlag=r.getUint32(l,!0),l+=4):n.posNegFlag=3,n.cortexBonferroni=r.getUint32(l,!0),l+=4,n.posMinRGB=[0,0,0],n.posMaxRGB=[0,0,0],n.negMinRGB=[0,0,0],n.negMaxRGB=[0,0,0],i>=2&&(n.posMinRGB[0]=r.getUint8(l),l++,n.posMinRGB[1]=r.getUint8(l),l++,n.posMinRGB[2]=r.getUint8(l),l++,n.posMaxRGB[0]=r.getUint8(l),l++,n.posMaxRGB[1]=r.getUint8(l),l++,n.posMaxRGB[2]=r.getUint8(l),l++,i>=4&&(n.negMinRGB[0]=r.getUint8(l),l++,n.negMinRGB[1]=r.getUint8(l),l++,n.negMinRGB[2]=r.getUint8(l),l++,n.negMaxRGB[0]=r.getUint8(l),l++,n.negMaxRGB[1]=r.getUint8(l),l++,n.negMaxRGB[2]=r.getUint8(l),l++),n.enableSMPColor=r.getUint8(l),l++,i>=4&&(n.lut=u()),n.colorAlpha=r.getFloat32(l,!0),l+=4),n.name=u();let o=new Float32Array(e,l,a);s.set(o,t*a),l+=a*4,c.push(n)}return s}static readSTC(e,t){let n=new DataView(e),r=n.getInt32(8,!1);if(r!==t)throw Error(`Overlay has `+r+` vertices, expected `+t);let i=12+r*4,a=n.getUint32(i,!1);i+=4;let o=new Float32Array(a*r);for(let e=0;e<a*r;e++)o[e]=n.getFloat32(i,!1),i+=4;return o}static isCurv(e){let t=new DataView(e),n=t.getUint8(0),r=t.getUint8(1),i=t.getUint8(2);return n!==255||r!==255||i!==255?(Zt.debug(`Unable to recognize file type: does not appear to be FreeSurfer format.`),!1):!0}static readCURV(e,t){let n=new DataView(e),r=n.getUint8(0),i=n.getUint8(1),a=n.getUint8(2),o=n.getUint32(3,!1),s=n.getUint32(11,!1);if((r!==255||i!==255||a!==255)&&Zt.debug(`Unable to recognize file type: does not appear to be FreeSurfer format.`),t!==o)throw Error(`CURV file has different number of vertices ( `+o+`)than mesh (`+t+`)`);if(e.byteLength<15+4*o*s)throw Error(`CURV file smaller than specified`);let c=new Float32Array(s*o),l=15;for(let e=0;e<s*o;e++)c[e]=n.getFloat32(l,!1),l+=4;let u=c[0],d=c[0];for(let e=0;e<c.length;e++)u=Math.min(u,c[e]),d=Math.max(d,c[e]);let f=1/(d-u);for(let e=0;e<c.length;e++)c[e]=1-(c[e]-u)*f;return c}static readANNOT(e,t,n=!1){let r=new DataView(e),i=r.getUint32(0,!1);if(t!==this.decimateLayerVertices(i,t))throw Error(`ANNOT file has different number of vertices than mesh`);if(e.byteLength<4+8*i)throw Error(`ANNOT file smaller than specified`);let a=0,o=new Uint32Array(i);for(let e=0;e<i;e++){let e=r.getUint32(a+=4,!1);o[e]=r.getUint32(a+=4,!1)}if(!n)return o;let s=0;try{s=r.getInt32(a+=4,!1)}catch{return o}if(s!==1||r.getInt32(a+=4,!1)>0)return o;let c=r.getInt32(a+=4,!1),l=r.getInt32(a+=4,!1);a+=l;let u=r.getInt32(a+=4,!1);if(u<1)return o;let d={R:Array(c).fill(0),G:Array(c).fill(0),B:Array(c).fill(0),A:Array(c).fill(0),I:Array(c).fill(0),labels:Array(c).fill(``)};for(let e=0;e<u;e++){let e=r.getInt32(a+=4,!1),t=r.getInt32(a+=4,!1);a+=4;let n=``;for(let e=0;e<t;e++){let e=r.getUint8(a++);if(e===0)break;n+=String.fromCharCode(e)}a-=4;let i=r.getInt32(a+=4,!1),o=r.getInt32(a+=4,!1),s=r.getInt32(a+=4,!1),l=r.getInt32(a+=4,!1);e<0||e>=c?R.warn(`annot entry out of range`):(d.R[e]=i,d.G[e]=o,d.B[e]=s,d.A[e]=l,d.I[e]=(l<<24)+(s<<16)+(o<<8)+i,d.labels[e]=n)}let f=!0;for(let e=0;e<c;e++)d.A[e]>0&&(f=!1);if(f)for(let e=0;e<c;e++)d.A[e]=255;let p=new Float32Array(i);p.fill(-1);let m=0;for(let e=0;e<t;e++){let t=o[e];for(let n=0;n<c;n++)if(d.I[n]===t){p[e]=n;break}p[e]<0&&(m++,p[e]=0)}m>0&&R.error(`annot vertex colors do not match ${m} of ${i} vertices.`);for(let e=0;e<c;e++)d.I[e]=e;return{scalars:p,colormapLabel:z.makeLabelLut(d)}}static readNV(e){let t=e.byteLength,n=new Uint8Array(e),r=0;function i(){for(;r<t&&n[r]===10;)r++;let i=r;for(;r<t&&n[r]!==10;)r++;return r++,r-i<1?``:new TextDecoder().decode(e.slice(i,r-1))}let a=0,o=0,s=0,c=0,l,u;for(;r<t;){let e=i();if(e.startsWith(`#`))continue;let t=e.trim().split(/\s+/);if(a<1)a=parseInt(t[0]),l=new Float32Array(a*3);else if(s<a*3)l[s]=parseFloat(t[0]),l[s+1]=parseFloat(t[1]),l[s+2]=parseFloat(t[2]),s+=3;else if(o<1)o=parseInt(t[0]),u=new Uint32Array(o*3);else{if(c>=o*3)break;u[c+2]=parseInt(t[0])-1,u[c+1]=parseInt(t[1])-1,u[c+0]=parseInt(t[2])-1,c+=3}}return{positions:l,indices:u}}static readASC(e){let t=e.byteLength,n=new Uint8Array(e),r=0;function i(){for(;r<t&&n[r]===10;)r++;let i=r;for(;r<t&&n[r]!==10;)r++;return r++,r-i<1?``:new TextDecoder().decode(e.slice(i,r-1))}let a=i();a.startsWith(`#!ascii`)||R.warn(`Invalid ASC mesh`),a=i();let o=a.trim().split(/\s+/),s=parseInt(o[0]),c=parseInt(o[1]),l=new Float32Array(s*3),u=0;for(let e=0;e<s;e++)a=i(),o=a.trim().split(/\s+/),l[u]=parseFloat(o[0]),l[u+1]=parseFloat(o[1]),l[u+2]=parseFloat(o[2]),u+=3;let d=new Uint32Array(c*3);u=0;for(let e=0;e<c;e++)a=i(),o=a.trim().split(/\s+/),d[u]=parseInt(o[0]),d[u+1]=parseInt(o[1]),d[u+2]=parseInt(o[2]),u+=3;return{positions:l,indices:d}}static readVTK(t){let n=t.byteLength;if(n<20)throw Error(`File too small to be VTK: bytes = `+t.byteLength);let r=new Uint8Array(t),i=0;function a(e=!0){if(e)for(;i<n&&r[i]===10;)i++;let a=i;for(;i<n&&r[i]!==10;)i++;return i++,i-a<1?``:new TextDecoder().decode(t.slice(a,i-1))}let o=a();if(!o.startsWith(`# vtk DataFile`))throw Error(`Invalid VTK mesh`);if(o=a(!1),o=a(),o.startsWith(`ASCII`))return e.readTxtVTK(t);if(!o.startsWith(`BINARY`))throw Error(`Invalid VTK image, expected ASCII or BINARY `+o);if(o=a(),!o.includes(`POLYDATA`))throw Error(`Only able to read VTK POLYDATA `+o);o=a(),o.includes(`POINTS`)&&(o.includes(`double`)||o.includes(`float`))||R.warn(`Only able to read VTK float or double POINTS`+o);let s=o.includes(`double`),c=o.trim().split(/\s+/),l=parseInt(c[1])*3,u=new Float32Array(l),d=new DataView(t);if(s)for(let e=0;e<l;e++)u[e]=d.getFloat64(i,!1),i+=8;else for(let e=0;e<l;e++)u[e]=d.getFloat32(i,!1),i+=4;o=a(),c=o.trim().split(/\s+/);let f=[];if(c[0].includes(`LINES`)){let e=parseInt(c[1]),t=i;if(o=a(),o.startsWith(`OFFSETS`)){let t=!1;o.includes(`int64`)&&(t=!0);let n=new Uint32Array(e);if(t){let t=!1;for(let r=0;r<e;r++){let e=d.getInt32(i,!1);e!==0&&(t=!0),i+=4,e=d.getInt32(i,!1),i+=4,n[r]=e}t&&R.warn(`int32 overflow: JavaScript does not support int64`)}else for(let t=0;t<e;t++){let e=d.getInt32(i,!1);i+=4,n[t]=e}return{pts:u,offsetPt0:n}}i=t;let n=0,r=[],s=[];r.push(n);for(let t=0;t<e;t++){let e=d.getInt32(i,!1);i+=4,n+=e,r.push(n);for(let t=0;t<e;t++){let e=d.getInt32(i,!1)*3;i+=4,s.push(u[e+0]),s.push(u[e+1]),s.push(u[e+2])}}return{pts:Float32Array.from(s),offsetPt0:Uint32Array.from(r)}}if(c[0].includes(`TRIANGLE_STRIPS`)){let e=parseInt(c[1]);for(let t=0;t<e;t++){let e=d.getInt32(i,!1)-2;i+=4;for(let t=0;t<e;t++)t%2?(f.push(d.getInt32(i+8,!1)),f.push(d.getInt32(i+4,!1)),f.push(d.getInt32(i,!1))):(f.push(d.getInt32(i,!1)),f.push(d.getInt32(i+4,!1)),f.push(d.getInt32(i+8,!1))),i+=4;i+=8}}else if(c[0].includes(`POLYGONS`)){let e=parseInt(c[1]),t=i,n=a();if(n.startsWith(`OFFSETS`)){let t=n.includes(`int64`),r=new Uint32Array(e),o=!1;for(let n=0;n<e;n++)t&&(d.getInt32(i,!1)!==0&&(o=!0),i+=4),r[n]=d.getInt32(i,!1),i+=4;if(!Number.isSafeInteger(e)||e>=2147483648||o)throw Error(`values exceed 2GB limit`);let s=a();if(!s.startsWith(`CONNECTIVITY`))throw Error(`Expected CONNECTIVITY after OFFSETS`);t=s.includes(`int64`);let c=r[e-1],l=new Uint32Array(c);for(let e=0;e<c;e++)t&&(i+=4),l[e]=d.getInt32(i,!1),i+=4;for(let t=0;t<e;t++){let e=t===0?0:r[t-1],n=r[t];for(let t=1;t<n-e-1;t++)f.push(l[e]),f.push(l[e+t]),f.push(l[e+t+1])}}else{i=t;for(let t=0;t<e;t++){let e=d.getInt32(i,!1)-2;if(t===0&&e>65535)throw Error(`Invalid VTK binary polygons using little-endian data (MRtrix)`);i+=4;let n=d.getInt32(i,!1);i+=4;let r=d.getInt32(i,!1);i+=4;for(let t=0;t<e;t++){let e=d.getInt32(i,!1);i+=4,f.push(n,r,e),r=e}}}}else throw Error(`Unsupported binary VTK datatype `+c[0]);return{positions:u,indices:new Uint32Array(f)}}static readWRL(e){let t=new TextDecoder(`utf-8`).decode(e),n=/coord\s+Coordinate\s*\{\s*point\s*\[([\s\S]*?)\]/,r=/coordIndex\s*\[([\s\S]*?)\]/,i=/color\s+Color\s*\{\s*color\s*\[([\s\S]*?)\]/,a=n.exec(t),o=r.exec(t),s=i.exec(t);if(!a||!o)throw Error(`Invalid WRL file: Could not find vertices or indices.`);let c=new Float32Array(a[1].trim().split(/[\s,]+/).map(Number)),l=null;if(s){l=new Float32Array(s[1].trim().split(/[\s,]+/).map(Number));let e=c.length/3;l.length!==e*3&&(console.warn(`Unexpected color count: expected ${e*3}, got ${l.length}`),l=null)}return{positions:c,indices:new Uint32Array(o[1].trim().split(/[\s,]+/).map(Number).filter(e=>e!==-1)),colors:l}}static readDFS(e){let t=new DataView(e),n=t.getUint32(0,!0),r=t.getUint16(4,!0);(n!==1599292996||r!==17740)&&R.warn(`Not a little-endian brainsuite DFS mesh`);let i=t.getUint32(12,!0),a=t.getUint32(24,!0),o=t.getUint32(28,!0),s=t.getUint32(48,!0),c=i,l=new Uint32Array(e,c,a*3);c+=a*3*4;let u=new Float32Array(e,c,o*3);for(let e=0;e<o*3;e+=3){let t=u[e];u[e]=u[e+1],u[e+1]=t}let d;return s>=0&&(d=new Float32Array(e,s,o*3)),{positions:u,indices:l,colors:d}}static async readMZ3(e,t=0){if(e.byteLength<20)throw Error(`File too small to be mz3: bytes = `+e.byteLength);let n=new DataView(e),r=e,i=n.getUint16(0,!0);if(i===35615||i===8075){let t=await B.decompress(new Uint8Array(e));n=new DataView(t.buffer),i=n.getUint16(0,!0),r=t.buffer}let a=n.getUint16(2,!0),o=n.getUint32(4,!0),s=n.getUint32(8,!0),c=n.getUint32(12,!0);if(Zt.debug(`MZ3 magic %d attr %d face %d vert %d skip %d`,i,a,o,s,c),i!==23117)throw Error(`Invalid MZ3 file`);let l=!!(a&1),u=!!(a&2),d=!!(a&4),f=!!(a&8),p=!!(a&16),m=!!(a&32),h=!!(a&64);if(Zt.debug(`isFace=${l} isVert=${u} isRGBA=${d} isSCALAR=${f} isDOUBLE=${p} isAOMAP=${m} isLOOKUP=${h}`),a>127)throw Error(`Unsupported future version of MZ3 file`);let g=4;p&&(g=8);let _=0;if(t>0&&!l&&o<1&&!d&&(f=!0),f){let e=t||s,n=16+c+(l?o*12:0)+(u?e*12:0)+(d?e*4:0),i=Math.floor((r.byteLength-n)/g);s!==t&&i%t===0&&(s=t),_=Math.floor(i/s),_<1&&(R.warn(`Corrupt MZ3: file reports NSCALAR but not enough bytes`),f=!1)}if(s<3&&t<3)throw Error(`Not a mesh MZ3 file (maybe scalar)`);t>0&&t!==s&&R.warn(`Layer has `+s+`vertices, but background mesh has `+t);let v=16+c,y=new DataView(r),b=null;if(l){b=new Uint32Array(o*3);for(let e=0;e<o*3;e++)b[e]=y.getUint32(v,!0),v+=4}let x=null;if(u){x=new Float32Array(s*3);for(let e=0;e<s*3;e++)x[e]=y.getFloat32(v,!0),v+=4}let S=null;if(d){S=new Float32Array(s*3);for(let e=0;e<s;e++){for(let t=0;t<3;t++)S[e*3+t]=y.getUint8(v++)/255;v++}}let C=new Float32Array;if(f&&_>0){if(p){let e=new Float64Array(_*s);for(let t=0;t<_*s;t++)e[t]=y.getFloat64(v,!0),v+=8;C=Float32Array.from(e)}else{C=new Float32Array(_*s);for(let e=0;e<_*s;e++)C[e]=y.getFloat32(v,!0),v+=4}}if(t>0&&h&&f){let e=new TextDecoder(`utf-8`),t=new Uint8Array(r,16,c),n=e.decode(t),i=JSON.parse(n),a=z.makeLabelLut(i);return{scalars:C,colormapLabel:a}}if(t>0&&d&&f){let e=C[0];for(let t=0;t<s;t++)e=Math.max(e,C[t]);let t={R:[],G:[],B:[],A:[],I:[],labels:[]};for(let n=0;n<=e;n++)for(let e=0;e<s;e++)if(n===C[e]){let r=e*3;t.I.push(n),t.R.push(S[r]*255),t.G.push(S[r+1]*255),t.B.push(S[r+2]*255),t.A.push(255),t.labels.push(`${n}`);break}let n=z.makeLabelLut(t);return{scalars:C,colormapLabel:n}}return t>0?{scalars:C}:{positions:x,indices:b,scalars:C,colors:S}}static readPLY(e){let t=e.byteLength,n=new Uint8Array(e),r=0;function i(){for(;r<t&&n[r]===10;)r++;let i=r;for(;r<t&&n[r]!==10;)r++;return r++,r-i<1?``:new TextDecoder().decode(e.slice(i,r-1))}let a=i();if(!a.startsWith(`ply`))throw Error(`Not a valid PLY file`);a=i();let o=a.includes(`ascii`);function s(e){if(e===`char`||e===`uchar`||e===`int8`||e===`uint8`)return 1;if(e===`short`||e===`ushort`||e===`int16`||e===`uint16`)return 2;if(e===`int`||e===`uint`||e===`int32`||e===`uint32`||e===`float`||e===`float32`)return 4;if(e===`double`)return 8;throw Error(`Unknown data type: `+e)}let c=a.includes(`binary_little_endian`),l=0,u=!1,d=0,f=0,p=0,m=0,h=0,g=0,_=0,v=[],y=0,b=-1,x=-1,S=-1,C=!1;for(;r<t&&!a.startsWith(`end_header`);){if(a=i(),a.startsWith(`comment`))continue;let e=a.split(/\s/);if(a.startsWith(`element vertex`))for(l=parseInt(e[e.length-1]),a=i(),e=a.split(/\s/),y=0,v.length=0;a.startsWith(`property`);){let t=e[1],n=e[2];v.push(n),n===`red`?(b=y,C=!0):n===`green`?(x=y,C=!0):n===`blue`&&(S=y,C=!0),n===`x`&&t.startsWith(`double`)?u=!0:n===`x`&&!t.startsWith(`float`)&&R.error(`Error: expect ply xyz to be float or double: `+a);let r=s(t);d+=r,y+=r,a=i(),e=a.split(/\s/)}if(a.startsWith(`element face`))for(_=parseInt(e[e.length-1]),a=i(),e=a.split(/\s/);a.startsWith(`property`);){if(e[1]===`list`)p=s(e[2]),m=s(e[3]),f+=p+3*m;else{let t=s(e[1]);f+=t,m===0&&(h+=t,g++)}a=i(),e=a.split(/\s/)}}if(o){_<1&&R.error(`Malformed ply format: faces ${_} `);let e=new Float32Array(l*3),t,n=v.indexOf(`x`),r=v.indexOf(`y`),o=v.indexOf(`z`),s=v.indexOf(`red`),c=v.indexOf(`green`),u=v.indexOf(`blue`);s!==-1&&c!==-1&&u!==-1&&(t=new Float32Array(l*3),C=!0);let d=0;for(let f=0;f<l;f++){a=i();let l=a.split(/\s/),p=parseFloat(n>=0?l[n]:l[0]),m=parseFloat(r>=0?l[r]:l[1]),h=parseFloat(o>=0?l[o]:l[2]);if(e[d]=p,e[d+1]=m,e[d+2]=h,C&&t){let e=s>=0?parseInt(l[s]):0,n=c>=0?parseInt(l[c]):0,r=u>=0?parseInt(l[u]):0,i=f*3;t[i]=e/255,t[i+1]=n/255,t[i+2]=r/255}d+=3}let f=new Uint32Array(_*3),p=0;for(let e=0;e<_;e++){a=i();let e=a.split(/\s/),t=parseInt(e[g])-2;if(t<1)break;if(p+t*3>f.length){let e=new Uint32Array(f.length+f.length);e.set(f),f=e.slice()}let n=parseInt(e[g+1]),r=parseInt(e[g+2]);for(let i=0;i<t;i++){let t=parseInt(e[g+3+i]);f[p+0]=n,f[p+1]=r,f[p+2]=t,r=t,p+=3}}f.length!==p&&(f=f.slice(0,p));let m={positions:e,indices:f};return C&&(m.colors=t===void 0?void 0:t),m}(d<12||p<1||m<1||_<1)&&R.warn(`Malformed ply format: stride ${d} count ${p} iBytes ${m} iStrideBytes ${f} iPadBytes ${h} faces ${_}`);let w=new DataView(e),T,E;if(C&&(E=new Float32Array(l*3)),r%4==0&&d===12&&c)T=new Float32Array(e,r,l*3),r+=l*d;else{T=new Float32Array(l*3);let e=0;for(let t=0;t<l;t++){if(u?(T[e]=w.getFloat64(r,c),T[e+1]=w.getFloat64(r+8,c),T[e+2]=w.getFloat64(r+16,c)):(T[e]=w.getFloat32(r,c),T[e+1]=w.getFloat32(r+4,c),T[e+2]=w.getFloat32(r+8,c)),C&&E){let e=r,n=b>=0?w.getUint8(e+b):0,i=x>=0?w.getUint8(e+x):0,a=S>=0?w.getUint8(e+S):0,o=t*3;E[o]=n/255,E[o+1]=i/255,E[o+2]=a/255}e+=3,r+=d}}let D=new Uint32Array(_*3),O=!0,k=0;if(p===1&&m===4&&f===13)for(let e=0;e<_;e++){let e=w.getUint8(r);r+=p,e!==3&&(O=!1),D[k]=w.getUint32(r,c),r+=4,D[k+1]=w.getUint32(r,c),r+=4,D[k+2]=w.getUint32(r,c),r+=4,k+=3}else{let e=r;for(let t=0;t<_;t++){r=e+h;let t=0;p===1?t=w.getUint8(r):p===2?t=w.getUint16(r,c):p===4&&(t=w.getUint32(r,c)),r+=p,t!==3&&(O=!1);for(let e=0;e<3;e++)m===1?D[k]=w.getUint8(r):m===2?D[k]=w.getUint16(r,c):m===4&&(D[k]=w.getUint32(r,c)),k++,r+=m;e+=f}}O||R.warn(`Only able to read PLY meshes limited to triangles.`);let A={positions:T,indices:D};return C&&E!==void 0&&(A.colors=E),A}static readICO(e){let t=new TextDecoder(`utf-8`).decode(e).split(`
`),n=t[0].trim().split(/\s+/);n.length>1&&R.warn(`This is not a valid FreeSurfer ICO/TRI mesh.`);let r=parseInt(n[0]),i=new Float32Array(r*3),a=1;for(let e=0;e<r;e++){let e=t[a].trim().split(/\s+/);a++;let n=parseInt(e[0])-1,o=parseFloat(e[1]),s=parseFloat(e[2]),c=parseFloat(e[3]);if(n<0||n>=r){R.error(`ICO vertices corrupted`);break}n*=3,i[n]=o,i[n+1]=s,i[n+2]=c}n=t[a].trim().split(/\s+/),a++;let o=parseInt(n[0]),s=new Uint32Array(o*3);for(let e=0;e<o;e++){let e=t[a].trim().split(/\s+/);a++;let n=parseInt(e[0])-1,r=parseInt(e[1])-1,i=parseInt(e[2])-1,c=parseInt(e[3])-1;if(n<0||n>=o){R.error(`ICO indices corrupted`);break}n*=3,s[n]=r,s[n+1]=i,s[n+2]=c}for(let e=0;e<s.length;e+=3){let t=s[e];s[e]=s[e+1],s[e+1]=t}return{positions:i,indices:s}}static readGEO(e,t=!1){let n=new TextDecoder(`utf-8`).decode(e).split(`
`),r=n[0].trim().split(/\s+/),i=parseInt(r[0]),a=parseInt(r[1]),o=parseInt(r[2]),s=parseInt(r[3]);(i>1||s!==o*3)&&R.warn(`Multi-part BYU/GEO header or not a triangular mesh.`);let c=[];a*=3;let l=0,u=2;for(;l<a;){let e=n[u].trim().split(/\s+/);u++;for(let t=0;t<e.length&&(c.push(parseFloat(e[t])),l++,!(l>=a));t++);}let d=[];o*=3;let f=0;for(;f<o;){let e=n[u].trim().split(/\s+/);u++;for(let t=0;t<e.length&&(d.push(Math.abs(parseInt(e[t]))-1),f++,!(f>=o));t++);}if(t)for(let e=0;e<d.length;e+=3){let t=d[e];d[e]=d[e+1],d[e+1]=t}return{positions:new Float32Array(c),indices:new Uint32Array(d)}}static readOFF(e){let t=new TextDecoder(`utf-8`).decode(e).split(`
`),n=[],r=[],i=0;t[i].includes(`OFF`)?i++:R.warn(`File does not start with OFF`);let a=t[i].trim().split(/\s+/),o=parseInt(a[0]),s=parseInt(a[1]);i++;for(let e=0;e<o;e++)a=t[i].trim().split(/\s+/),n.push(parseFloat(a[0])),n.push(parseFloat(a[1])),n.push(parseFloat(a[2])),i++;for(let e=0;e<s;e++)a=t[i].trim().split(/\s+/),parseInt(a[0])!==3&&R.warn(`Only able to read OFF files with triangular meshes`),r.push(parseInt(a[1])),r.push(parseInt(a[2])),r.push(parseInt(a[3])),i++;return{positions:new Float32Array(n),indices:new Uint32Array(r)}}static readOBJMNI(e){let t=new TextDecoder(`utf-8`).decode(e).trim().split(/\s*,\s*|\s+/);(t.length<1||t[0]!==`P`)&&R.warn(`This is not a valid MNI OBJ mesh.`);let n=6,r=parseInt(t[n++]),i=r*3,a=new Float32Array(i);for(let e=0;e<i;e++)a[e]=parseFloat(t[n++]);n+=i;let o=parseInt(t[n++]),s=parseInt(t[n++]);(o<1||s<0||s>2)&&R.warn(`This is not a valid MNI OBJ mesh.`);let c=1;s===1?c=o:s===1&&(c=r),n+=c*4,n+=o;let l=o*3,u=new Uint32Array(l);for(let e=0;e<l;e++)u[e]=parseInt(t[n++]);return{positions:a,indices:u}}static async readOBJ(e){let t=new Uint8Array(e,0,2);t[0]===31&&t[1]===139&&(e=await B.decompressToBuffer(new Uint8Array(e)));let n=new TextDecoder(`utf-8`).decode(e);if(n[0]===`P`)return this.readOBJMNI(e);let r=n.split(`
`),i=r.length,a=[],o=[];for(let e=0;e<i;e++){let t=r[e];if(t[0]===`v`&&t[1]===` `){let e=t.trim().split(/\s+/);a.push(parseFloat(e[1])),a.push(parseFloat(e[2])),a.push(parseFloat(e[3]))}if(t[0]===`f`){let e=t.trim().split(/\s+/),n=e.length-3;if(n<1)break;let r=e[1].split(`/`),i=parseInt(r[0])-1;r=e[2].split(`/`);let a=parseInt(r[0])-1;for(let t=0;t<n;t++){r=e[3+t].split(`/`);let n=parseInt(r[0])-1;o.push(i),o.push(a),o.push(n),a=n}}}let s=new Float32Array(a),c=new Uint32Array(o),l=c[0],u=c[0];for(let e=1;e<c.length;e++)c[e]<l&&(l=c[e]),c[e]>u&&(u=c[e]);if(u-l+1>s.length/3)throw Error(`Not a valid OBJ file`);for(let e=0;e<c.length;e++)c[e]-=l;return{positions:s,indices:c}}static readFreeSurfer(t){let n=new Uint8Array(t);if(n[0]===35&&n[1]===33&&n[2]===97)return e.readASC(t);let r=new DataView(t),i=r.getUint32(0,!1),a=r.getUint32(4,!1);(i!==4294966883||a!==1919246708)&&Zt.debug(`Unable to recognize file type: does not appear to be FreeSurfer format.`);let o=0;for(;r.getUint8(o)!==10;)o++;o+=2;let s=r.getUint32(o,!1);o+=4;let c=r.getUint32(o,!1);o+=4,s*=3;let l=new Float32Array(s);for(let e=0;e<s;e++)l[e]=r.getFloat32(o,!1),o+=4;c*=3;let u=new Uint32Array(c);for(let e=0;e<c;e++)u[e]=r.getUint32(o,!1),o+=4;let d=r.getUint32(o,!1);o+=4;let f=d===20;if(!f){let e=r.getUint32(o,!1);o+=4;let t=r.getUint32(o,!1);o+=4,f=d===2&&e===0&&t===20}if(!f)R.warn(`Unknown FreeSurfer Mesh extension code.`);else{let e=new TextDecoder().decode(t.slice(o)).trim().split(`
`);for(let t=0;t<e.length;t++){if(!e[t].startsWith(`cras`))continue;let n=e[t].split(`=`)[1].trim().split(` `).map(Number),r=Math.floor(l.length/3),i=0;for(let e=0;e<r;e++)l[i]+=n[0],i++,l[i]+=n[1],i++,l[i]+=n[2],i++}}return{positions:l,indices:u}}static async readSRF(t){let n=new Uint8Array(t);if(n[0]===35&&n[1]===33&&n[2]===97)return e.readASC(t);n[0]===31&&n[1]===139&&(t=(await B.decompress(new Uint8Array(t))).buffer);let r=new DataView(t),i=r.getFloat32(0,!0),a=r.getUint32(8,!0),o=r.getUint32(12,!0),s=r.getFloat32(16,!0),c=r.getFloat32(20,!0),l=r.getFloat32(24,!0),u=new Float32Array(a*3),d=28,f=1;for(let e=0;e<a;e++)u[f]=-r.getFloat32(d,!0)+s,f+=3,d+=4;f=2;for(let e=0;e<a;e++)u[f]=-r.getFloat32(d,!0)+c,f+=3,d+=4;f=0;for(let e=0;e<a;e++)u[f]=-r.getFloat32(d,!0)+l,f+=3,d+=4;d=28+24*a;let p=r.getFloat32(d,!0),m=r.getFloat32(d+4,!0),h=r.getFloat32(d+8,!0),g=r.getFloat32(d+16,!0),_=r.getFloat32(d+20,!0),v=r.getFloat32(d+24,!0);d+=32;let y=new Float32Array(a*3),b=new Uint32Array(t,d,a);f=0;for(let e=0;e<a;e++){let t=b[e];t>1056964608&&(y[f+0]=(t>>16&255)/255,y[f+1]=(t>>8&255)/255,y[f+2]=(t&255)/255),t===0&&(y[f+0]=p,y[f+1]=m,y[f+2]=h),t===1&&(y[f+0]=g,y[f+1]=_,y[f+2]=v),f+=3}d+=a*4;for(let e=0;e<a;e++){let e=r.getUint32(d,!0);d+=4+4*e}let x=new Uint32Array(o*3);for(let e=0;e<o*3;e++)x[e]=r.getInt32(d,!0),d+=4;return i!==4&&R.warn(`Not valid SRF`),{positions:u,indices:x,colors:y}}static readTxtSTL(e){let t=new TextDecoder(`utf-8`).decode(e).split(`
`);if(!t[0].startsWith(`solid`))throw Error(`Not a valid STL file`);let n=[];for(let e=1;e<t.length;e++){if(!t[e].includes(`vertex`))continue;let r=t[e].trim().split(/\s+/);for(let e=1;e<r.length;e++)n.push(parseFloat(r[e]))}let r=Math.floor(n.length/3);if(r*3!==n.length)throw Error(`Unable to parse ASCII STL file.`);let i=new Float32Array(n),a=new Uint32Array(r);for(let e=0;e<r;e++)a[e]=e;return{positions:i,indices:a}}static readSTL(t){if(t.byteLength<134)throw Error(`File too small to be STL: bytes = `+t.byteLength);let n=new DataView(t);if(n.getUint32(0,!0)===1768714099)return e.readTxtSTL(t);let r=n.getUint32(80,!0),i=3*r;if(t.byteLength<84+r*50)throw Error(`STL file too small to store triangles = `+r);let a=new Uint32Array(i),o=new Float32Array(i*3),s=96,c=0;for(let e=0;e<r;e++){for(let e=0;e<9;e++)o[c]=n.getFloat32(s,!0),c+=1,s+=4;s+=14}for(let e=0;e<i;e++)a[e]=e;return{positions:o,indices:a}}static decimateLayerVertices(e,t){if(e%t===0)return e;let n=Math.round(Math.log((e-2)/10)/Math.log(4)),r=Math.round(Math.log((t-2)/10)/Math.log(4)),i=4**n*10+2,a=4**r*10+2;return i!==e||a!==t?e:t}static async readNII2(e,t=0,n=``){let r=new Float32Array,i=e.byteLength,a=!0,o=new DataView(e),s=o.getUint16(0,a);if(s===469893120&&(a=!1,s=o.getUint16(0,a)),s!==540)throw Error(`Not a valid NIfTI-2 dataset`);let c=Number(o.getBigInt64(168,a)),l=o.getFloat64(176,a),u=o.getFloat64(184,a);(l!==1||u!==0)&&R.warn(`ignoring scale slope and intercept`);let d=o.getUint32(504,a),f=o.getUint16(12,a);if(f!==2&&f!==4&&f!==8&&f!==16)throw Error(`Unsupported NIfTI datatype `+f);let p=1,m=[1,1,1,1,1,1,1,1];for(let e=1;e<8;e++)m[e]=Math.max(Number(o.getBigInt64(16+e*8,a)),1),p*=m[e];if(d>=3e3&&d<=3099&&c>580){let r=0,s=0,l=0,u=``,d=new Uint32Array,p=new Uint8Array(e),h=552;function g(){for(;h<i&&p[h]===10;)h++;let t=h;for(;h<i&&p[h]!==10;)h++;return h++,h-t<1?``:new TextDecoder().decode(e.slice(t,h-1)).trim()}function _(){let e=g();if(!e.startsWith(`<`)||e.endsWith(`>`))return e;for(;h<i&&!e.endsWith(`>`);)e+=g();return e}let v;function y(e,t=!1){let n=v.indexOf(e);if(n<0)return 1;let r=v.indexOf(`"`,n)+1,i=v.indexOf(`"`,r),a=v.slice(r,i);return t?a:parseInt(a)}let b=m[5],x=new Float32Array(t*b);for(;h<i&&(v=_(),!v.includes(`</CIFTI>`));)if(v.includes(`<BrainModel`)){let e=y(`SurfaceNumberOfVertices=`),i=y(`BrainStructure=`,!0).toUpperCase();if(e%t!==0)continue;let a=!1;if(n.includes(`CORTEX`)&&i.includes(`CORTEX`)&&(a=!0),!a||(a=!1,n.includes(`LEFT`)&&i.includes(`LEFT`)&&(a=!0),n.includes(`RIGHT`)&&i.includes(`RIGHT`)&&(a=!0),!a))continue;if(l=e,r=y(`IndexOffset=`),s=y(`IndexCount=`),u=i,v.includes(`<VertexIndices>`)||(v=_()),!v.startsWith(`<VertexIndices>`)||!v.endsWith(`</VertexIndices>`))return R.warn(`Unable to find CIfTI <VertexIndices>`),x;v=v.slice(15,-16);let o=v.trim().split(/\s+/);o.length<s&&R.error(`Error parsing VertexIndices`),d=new Uint32Array(s);for(let e=0;e<s;e++)d[e]=parseInt(o[e])}if(l===0||d.length===0)return R.warn(`Unable to find CIfTI structure that matches the mesh.`),x;if(f!==16)return R.warn(`Only able to read float32 CIfTI (only known datatype).`),x;let S=new Float32Array(s*b),C=c+b*r*4;for(let e=0;e<s*b;e++)S[e]=o.getFloat32(C+e*4,a);let w=0;for(let e=0;e<s;e++)for(let n=0;n<b;n++)x[d[e]+n*t]=S[w],w++;return R.debug(`CIfTI diagnostics`,l,u,r,s,r,n),x}if(p=this.decimateLayerVertices(p,t),p%t!==0)throw Error(`Vertices in layer (`+p+`) is not a multiple of number of vertices (`+t+`)`);if(a)f===16?r=new Float32Array(e,c,p):f===8?r=new Int32Array(e,c,p):f===4&&(r=new Int16Array(e,c,p));else if(f===16){r=new Float32Array(p);for(let e=0;e<p;e++)r[e]=o.getFloat32(c+e*4,a)}else if(f===8){r=new Int32Array(p);for(let e=0;e<p;e++)r[e]=o.getInt32(c+e*4,a)}else if(f===4){r=new Int16Array(p);for(let e=0;e<p;e++)r[e]=o.getInt16(c+e*2,a)}return f===2&&(r=new Uint8Array(e,c,p)),r}static async readNII(t,n,r=``){let i=n.length/3,a=new Float32Array,o=!0,s=new DataView(t),c=s.getUint16(0,o);if(c===540||c===469893120)return e.readNII2(t,i,r);if(c===23553&&(o=!1,c=s.getUint16(0,o)),c!==348){let n=await B.decompress(new Uint8Array(t));if(s=new DataView(n.buffer),t=n.buffer,c=s.getUint16(0,o),c===540||c===469893120)return e.readNII2(t,i,r);c===23553&&(o=!1,c=s.getUint16(0,o))}c!==348&&R.error(`Not a valid NIfTI image.`);let l=s.getFloat32(108,o),d=s.getFloat32(112,o),f=s.getFloat32(116,o),p=s.getUint16(252,o),m=s.getUint16(254,o),h=s.getUint16(70,o);if(h!==2&&h!==4&&h!==8&&h!==16)throw Error(`Unsupported NIfTI datatype `+h);let _=u();for(let e=0;e<12;e++)_[e]=s.getFloat32(280+e*4,o);let v=1,y=Array(8);for(let e=0;e<8;e++)y[e]=s.getUint16(40+e*2,o),e<1||(v*=y[e]||1);let b=!1,x=this.decimateLayerVertices(v,i);if(x%i!==0){if(y[0]>=3&&y[1]>1&&y[2]>1&&y[3]>1)b=!0,x=y[1]*y[2]*y[3];else throw Error(`Voxels in layer (`+v+`) is not a multiple of number of vertices (`+i+`)`)}if(v=x,o)h===16?a=new Float32Array(t,l,v):h===8?a=new Int32Array(t,l,v):h===4&&(a=new Int16Array(t,l,v));else if(h===16){a=new Float32Array(v);for(let e=0;e<v;e++)a[e]=s.getFloat32(l+e*4,o)}else if(h===8){a=new Int32Array(v);for(let e=0;e<v;e++)a[e]=s.getInt32(l+e*4,o)}else if(h===4){a=new Int16Array(v);for(let e=0;e<v;e++)a[e]=s.getInt16(l+e*2,o)}if(h===2&&(a=new Uint8Array(t,l,v)),Number.isFinite(d)&&Number.isFinite(f)&&d!==0&&(d!==1||f!==0)){let e=new Float32Array(v);for(let t=0;t<v;t++)e[t]=a[t]*d+f;a=e}let S=a[0],C=S;for(let e=0;e<v;e++)isNaN(a[e])&&(a[e]=0),S=Math.min(S,a[e]),C=Math.max(C,a[e]);if(R.debug(`Layer Range ${S}..${C} slope ${d} inter ${f}`),b){let e=new Float32Array(i);R.warn(`Sampling voxel intensities at mesh vertices (assumes precise alignment).`),(p>m||m<=0)&&R.warn(`Requires valid sform (sform_code = ${m})`);let t=u();g(t,_);function r(e,t){let n=[0,0,0];return n[0]=t[0]*e[0]+t[1]*e[1]+t[2]*e[2]+t[3],n[1]=t[4]*e[0]+t[5]*e[1]+t[6]*e[2]+t[7],n[2]=t[8]*e[0]+t[9]*e[1]+t[10]*e[2]+t[11],n}let o=y[1],s=y[2],c=y[3],l=o*s,d=0,f=0,h=0;for(;f<i;){let i=r([n[d],n[d+1],n[d+2]],t);d+=3,f+=1;let u=Math.floor(i[0]),p=Math.floor(i[1]),m=Math.floor(i[2]),g=Math.ceil(i[0]),_=Math.ceil(i[1]),v=Math.ceil(i[2]);if(u<0||g>=o||p<0||_>=s||m<0||v>=c)continue;let y=u+p*o+m*l,b=new Float32Array(8);b[0]=a[y],b[1]=a[y+1],b[2]=a[y+o],b[3]=a[y+o+1],b[4]=a[y+l],b[5]=a[y+l+1],b[6]=a[y+l+o],b[7]=a[y+l+o+1];let x=b[0],S=x;for(let e=1;e<8;e++)x=Math.max(x,b[e]),S=Math.min(S,b[e]);Math.abs(S)>x&&(x=S),e[f-1]=x,h++}let v=h/i;v<.1&&R.warn(`${h} of ${i} vertices in range (${(v*100).toFixed(1)}%)`),a=e}return a}static async readMGH(e,t=0,n=!1){let r=new DataView(e),i=e;if(r.getUint8(0)===31&&r.getUint8(1)===139){let t=await B.decompress(new Uint8Array(e));i=new ArrayBuffer(t.byteLength),new Uint8Array(i).set(new Uint8Array(t)),r=new DataView(t.buffer)}let a=r.getInt32(0,!1),o=Math.max(1,r.getInt32(4,!1)),s=Math.max(1,r.getInt32(8,!1)),c=Math.max(1,r.getInt32(12,!1)),l=Math.max(1,r.getInt32(16,!1)),u=r.getInt32(20,!1),d=284;(a!==1||u<0||u>4)&&R.warn(`Not a valid MGH file`);let f=o*s*c*l,p=[];if(f=this.decimateLayerVertices(f,t),f%t!==0)return R.warn(`Vertices in layer (`+f+`) is not a multiple of number of vertices (`+t+`)`),p;if(u===3){p=new Float32Array(f);for(let e=0;e<f;e++)p[e]=r.getFloat32(d+e*4,!1)}else if(u===1){p=new Int32Array(f);for(let e=0;e<f;e++)p[e]=r.getInt32(d+e*4,!1)}else if(u===4){p=new Int16Array(f);for(let e=0;e<f;e++)p[e]=r.getInt16(d+e*2,!1)}else u===0&&(p=new Uint8Array(e,d,f));if(!n)return p;let m=4;u===4&&(m=2),u===0&&(m=1),d+=m*f,d+=16;let h=i.byteLength,g;for(;d<h-8;){let e=r.getInt32(d+=4,!1),t=0;switch(e){case 30:t=r.getInt32(d+=4,!1)-1;break;case 20:case 2:t=0;break;case 1:t=0;{let e=r.getInt32(d+=4,!1);if(e>0)return R.warn(`unsupported CTABreadFromBinaryV1`),p;if(e=-e,e!==2)return R.warn(`CTABreadFromBinary: unknown version`),p;let t=r.getInt32(d+=4,!1);if(t<0)return R.warn(`CTABreadFromBinaryV2: nentries was `,t),p;let n=r.getInt32(d+=4,!1);d+=n;let i=r.getInt32(d+=4,!1);if(i<0)return p;let a={R:[],G:[],B:[],A:[],I:[],labels:[]};for(let e=0;e<i;e++){let e=r.getInt32(d+=4,!1),t=r.getInt32(d+=4,!1),n=d+4,i=``;for(let e=0;e<t;e++){let e=r.getUint8(n++);if(e===0)break;i+=String.fromCharCode(e)}d+=t;let o=r.getInt32(d+=4,!1),s=r.getInt32(d+=4,!1),c=r.getInt32(d+=4,!1),l=255-r.getInt32(d+=4,!1);a.I.push(e),a.R.push(o),a.G.push(s),a.B.push(c),a.A.push(l),a.labels.push(i)}g=z.makeLabelLut(a)}break;default:t=r.getInt32(d+=8,!1)}d+=t}return{scalars:p,colormapLabel:g}}static readX3D(e){let t=e.byteLength;if(t<20)throw Error(`File too small to be X3D: bytes = `+t);let n=new Uint8Array(e),r=0;function i(){for(;r<t&&n[r]!==60;)r++;let i=r;for(;r<t&&n[r]!==62;)r++;let a=r;return new TextDecoder().decode(e.slice(i,a+1)).trim()}let a=i();function o(e){let t=a.indexOf(e+`=`);if(t<0)return``;let n=a[t+e.length+1],r=a.indexOf(n,t)+1,i=a.indexOf(n,r);return a.slice(r,i)}function s(e){let t=a.indexOf(e+`=`);if(t<0)return 1;let n=a[t+e.length+1],r=a.indexOf(n,t)+1,i=a.indexOf(n,r),o=a.slice(r,i).trim();o=o.replace(/,\s*$/,``);let s=o.trim().split(/\s*,\s*|\s+/);if(s.length<2)return parseFloat(o);let c=Array(s.length),l=0;for(let e=0;e<s.length;e++){let t=parseFloat(s[e]);isFinite(t)&&(c[l]=t,l++)}return c=c.slice(0,l),c}a.includes(`xml version`)||R.warn(`Not a X3D image`);let c=[],l=[],d=[],f=[],p=[0,0,0,0],m=[0,0,0,0],h=[255,255,255,255],g=[255,255,255,255],_={};function v(){if(!a.endsWith(`/>`)){if(a.startsWith(`<Appearance>`))for(;r<t&&!a.endsWith(`</Appearance>`);)a+=i();else for(;r<t&&!a.endsWith(`/>`);)a+=i()}let e=o(`USE`);if(e.length>1){e in _?h=_[e]:R.warn(`Unable to find DEF for `+e);return}let n=s(`diffuseColor`);if(n.length<3)return;h[0]=Math.round(n[0]*255),h[1]=Math.round(n[1]*255),h[2]=Math.round(n[2]*255);let c=o(`DEF`);c.length<1||(_[c]=h)}for(;r<t;)if(a=i(),h=g.slice(),a.startsWith(`<Transform`)&&(p=s(`translation`),m=s(`rotation`)),a.startsWith(`<Appearance`)&&(v(),g=h.slice()),a.startsWith(`<Shape`)){let e=1,n=1,o=[],g=[];for(;r<t&&(a=i(),a.startsWith(`<Appearance`)&&v(),!a.startsWith(`</Shape`));){if(a.startsWith(`<Sphere`)&&(e=s(`radius`),n=-1),a.startsWith(`<Cylinder`)&&(e=s(`radius`),n=s(`height`)),a.startsWith(`<IndexedFaceSet`)&&(n=-2,o=s(`coordIndex`)),a.startsWith(`<IndexedTriangleSet`)&&(n=-7,o=s(`index`)),a.startsWith(`<IndexedTriangleStripSet`)&&(n=-3,o=s(`index`)),a.startsWith(`<Coordinate`)){g=s(`point`);let e=g.length%3;e!==0&&(g=g.slice(0,-e))}a.startsWith(`<Color`)&&(f=s(`color`)),a.startsWith(`<Box`)&&(n=-4,R.warn(`Unsupported x3d shape: Box`)),a.startsWith(`<Cone`)&&(n=-5,R.warn(`Unsupported x3d shape: Cone`)),a.startsWith(`<ElevationGrid`)&&(n=-6,R.warn(`Unsupported x3d shape: ElevationGrid`))}if(!(n<-3&&n!==-7)){if(n<-1){if(o.length<1||g.length<3||g.length===void 0){R.warn(`Indexed mesh must specify indices and points`);break}let e=Math.floor(c.length/3),t=2;if(n===-7)l=[...l,...o];else if(n===-2){let n=0;for(;t<o.length;)o[t]>=0?(l.push(o[n]+e),l.push(o[t-1]+e),l.push(o[t-0]+e),t+=1):(t+=3,n=t-2)}else for(;t<o.length;)o[t]>=0?(l.push(o[t-2]+e),l.push(o[t-1]+e),l.push(o[t-0]+e),t+=1):t+=3;c=[...c,...g];let r=Math.floor(g.length/3),i=Array(r).fill(h).flat();if(f.length===r*3){let e=0,t=0;for(let n=0;n<r;n++){for(let n=0;n<3;n++)i[t]=Math.round(f[e]*255),e++,t++;t++}}d=[...d,...i]}else if(n<0)Ce.makeColoredSphere(c,l,d,e,p,h);else{let t=u();C(t,m[3],[m[0],m[1],m[2]]);let r=I(0,-n*.5,0,1),i=I(0,n*.5,0,1);L(r,r,t),L(i,i,t),he(r,r,p),he(i,i,p);let a=j(r[0],r[1],r[2]),o=j(i[0],i[1],i[2]);Ce.makeColoredCylinder(c,l,d,a,o,e,h)}}}return{positions:Float32Array.from(c),indices:Uint32Array.from(l),rgba255:Uint8Array.from(d)}}static async readGII(e,t=0){let n=e.byteLength;if(n<20)throw Error(`File too small to be GII: bytes = `+n);let r=new TextDecoder(`ascii`).decode(e);if(r[0].charCodeAt(0)===31){let t=await B.decompress(new Uint8Array(e));e=t.buffer,r=new TextDecoder(`ascii`).decode(t.buffer)}let i=0;function a(){let t=!0,a=i;for(;t;){for(;i<n&&r[i]!==`<`;)i++;for(a=i;i<n&&r[i]!==`>`;)i++;if(t=r[i-1]===`/`,a+1<n&&r[a+1]===`/`&&(i+=1,t=!0),i>=n)break}let o=new TextDecoder().decode(e.slice(a+1,i)).trim(),s=o.split(` `)[0].trim(),c=i,l=i,u=i;if(r[a+1]!==`?`&&r[a+1]!==`!`){let e=`</`+s+`>`;l=r.indexOf(e,c),u=l+e.length-1}return{name:o,startPos:a,contentStartPos:c,contentEndPos:l,endPos:u}}let o=a();if(!o.name.startsWith(`?xml`))throw Error(`readGII: Invalid XML file`);for(;!o.name.startsWith(`GIFTI`)&&o.endPos<n;)o=a();if(!o.name.startsWith(`GIFTI`)||o.contentStartPos===o.contentEndPos)throw Error(`readGII: XML file does not include GIFTI tag`);n=o.contentEndPos;let s=new Float32Array,c=new Uint32Array,l=new Float32Array,u=``,d=!1,f=!1,p=!1,m=!1,h=[1,1,1],g=[0,0,0],_=0,v=!1,y=!1,b=0,x=!1;o.endPos=o.contentStartPos;let S=``;function C(e,t=!1){let n=S.indexOf(e);if(n<0)return 1;let r=S.indexOf(`"`,n)+1,i=S.indexOf(`"`,r),a=S.slice(r,i);return t?parseFloat(a):parseInt(a)}function w(e){let t=S.indexOf(e);if(t<0)return``;let n=t+e.length,r=S.indexOf(`]`,n);return S.slice(n,r)}let T={R:[],G:[],B:[],A:[],I:[],labels:[]};for(;o.endPos<n&&o.name.length>1;)if(o=a(),o.name.startsWith(`Label Key`)&&(S=o.name,T.I.push(C(`Key=`)),T.R.push(Math.round(255*C(`Red=`,!0))),T.G.push(Math.round(255*C(`Green=`,!0))),T.B.push(Math.round(255*C(`Blue=`,!0))),T.A.push(Math.round(255*C(`Alpha`,!0))),S=new TextDecoder().decode(e.slice(o.contentStartPos+1,o.contentEndPos)).trim(),T.labels.push(w(`<![CDATA[`))),o.name.trim()===`Data`){if(p)continue;S=new TextDecoder().decode(e.slice(o.contentStartPos+1,o.contentEndPos)).trim();let n;if(y){let e=h[0]*h[1]*h[2],t=S.split(/\s+/);if(e!==t.length)throw Error(`Unable to parse ASCII GIfTI`);if(_===2&&(_=8),_===32&&(_=16),_===8){n=new Int32Array(e);for(let r=0;r<e;r++)n[r]=parseInt(t[r])}if(_===16){n=new Float32Array(e);for(let r=0;r<e;r++)n[r]=parseFloat(t[r])}}else if(typeof Buffer>`u`){function e(e){let t=atob(e),n=t.length,r=new Uint8Array(n);for(let e=0;e<n;e++)r[e]=t.charCodeAt(e);return r}if(v){let t=e(S.slice());n=await B.decompress(new Uint8Array(t))}else n=e(S.slice())}else if(v){let e=Buffer.from(S.slice(),`base64`);n=await B.decompress(new Uint8Array(e))}else n=Buffer.from(S.slice(),`base64`);if(f){if(_!==16&&R.warn(`expect positions as FLOAT32`),s=new Float32Array(n.buffer),m){let e=s.slice(),t=e.length/3,n=0;for(let r=0;r<t;r++)for(let i=0;i<3;i++)s[n]=e[i*t+r],n++}}else if(d){if(_!==8&&R.warn(`expect indices as INT32`),c=new Uint32Array(n.buffer),m){let e=c.slice(),t=e.length/3,n=0;for(let r=0;r<t;r++)for(let i=0;i<3;i++)c[n]=e[i*t+r],n++}}else{b=h[0]*h[1]*h[2],t!==0&&b%t!==0&&R.warn(`Number of vertices in scalar overlay (`+b+`) does not match mesh (`+t+`)`);function e(e,t){let n=e.length,r=new Float32Array(n+t.length);return r.set(e),r.set(t,n),r}let r;if(_===2){let e=new Uint8Array(n.buffer);r=Float32Array.from(e)}else if(_===8){let e=new Int32Array(n.buffer);r=Float32Array.from(e)}else if(_===16)r=new Float32Array(n.buffer);else if(_===32){let e=new Float64Array(n.buffer);r=Float32Array.from(e)}else throw Error(`Invalid dataType: ${_}`);l=e(l,r)}}else{if(o.name.trim()===`DataSpace`&&(S=new TextDecoder().decode(e.slice(o.contentStartPos+1,o.contentEndPos)).trim(),S.includes(`NIFTI_XFORM_SCANNER_ANAT`)&&(x=!0)),o.name.trim()===`MD`&&(S=new TextDecoder().decode(e.slice(o.contentStartPos+1,o.contentEndPos)).trim(),S.includes(`AnatomicalStructurePrimary`)&&S.includes(`CDATA[`)&&(u=w(`<Value><![CDATA[`).toUpperCase()),S.includes(`VolGeom`)&&S.includes(`CDATA[`))){let e=-1;if(S.includes(`VolGeomC_R`)&&(e=0),S.includes(`VolGeomC_A`)&&(e=1),S.includes(`VolGeomC_S`)&&(e=2),e<0)continue;g[e]=parseFloat(w(`<Value><![CDATA[`))}o.name.startsWith(`DataArray`)&&(S=o.name,h=[1,1,1],v=S.includes(`Encoding="GZipBase64Binary"`),y=S.includes(`Encoding="ASCII"`),d=S.includes(`Intent="NIFTI_INTENT_TRIANGLE"`),f=S.includes(`Intent="NIFTI_INTENT_POINTSET"`),p=S.includes(`Intent="NIFTI_INTENT_VECTOR"`),m=S.includes(`ArrayIndexingOrder="ColumnMajorOrder"`),S.includes(`DataType="NIFTI_TYPE_UINT8"`)&&(_=2),S.includes(`DataType="NIFTI_TYPE_INT32"`)&&(_=8),S.includes(`DataType="NIFTI_TYPE_FLOAT32"`)&&(_=16),S.includes(`DataType="NIFTI_TYPE_FLOAT64"`)&&(_=32),h[0]=C(`Dim0=`),h[1]=C(`Dim1=`),h[2]=C(`Dim2=`))}let E;if(T.I.length>1&&(T.A.some(e=>e>0)||T.A.fill(255),E=z.makeLabelLut(T)),t>0)return{scalars:l,colormapLabel:E,anatomicalStructurePrimary:u};if(s.length>2&&!x&&(g[0]!==0||g[1]!==0||g[2]!==0)){b=Math.floor(s.length/3);let e=0;for(let t=0;t<b;t++)s[e]+=g[0],e++,s[e]+=g[1],e++,s[e]+=g[2],e++}return{positions:s,indices:c,scalars:l,colormapLabel:E,anatomicalStructurePrimary:u}}},Qt=function(e){return e.LEFT=`left`,e.RIGHT=`right`,e.CENTER=`center`,e}({}),$t=function(e){return e.NONE=`none`,e.CIRCLE=`circle`,e.RING=`ring`,e}({}),en=function(e){return e[e.NONE=0]=`NONE`,e[e.LEFT=1]=`LEFT`,e[e.CENTER=2]=`CENTER`,e[e.RIGHT=4]=`RIGHT`,e[e.TOP=8]=`TOP`,e[e.MIDDLE=16]=`MIDDLE`,e[e.BOTTOM=32]=`BOTTOM`,e}({}),tn=function(e){return e[e.NONE=0]=`NONE`,e[e.TOPLEFT=9]=`TOPLEFT`,e[e.TOPCENTER=10]=`TOPCENTER`,e[e.TOPRIGHT=12]=`TOPRIGHT`,e[e.MIDDLELEFT=17]=`MIDDLELEFT`,e[e.MIDDLECENTER=18]=`MIDDLECENTER`,e[e.MIDDLERIGHT=20]=`MIDDLERIGHT`,e[e.BOTTOMLEFT=33]=`BOTTOMLEFT`,e[e.BOTTOMCENTER=34]=`BOTTOMCENTER`,e[e.BOTTOMRIGHT=36]=`BOTTOMRIGHT`,e}({}),nn=class{text;style;points;anchor;onClick;constructor(e,t,n,r,i){this.text=e,this.style=t,this.points=n,this.anchor=r||tn.NONE,this.onClick=i}},rn=function(e){return e.MESH=`mesh`,e.CONNECTOME=`connectome`,e.FIBER=`fiber`,e}({}),an={colormap:`gray`,opacity:0,nFrame4D:0,frame4D:0,outlineBorder:0,cal_min:0,cal_max:0,cal_minNeg:0,cal_maxNeg:0,colormapType:qt.MIN_TO_MAX,values:[],useNegativeCmap:!1,showLegend:!0},on=class e{id;name;anatomicalStructurePrimary;colorbarVisible;furthestVertexFromOrigin;extentsMin;extentsMax;opacity;visible;meshShaderIndex=0;offsetPt0=null;colormapInvert=!1;fiberGroupColormap=null;indexBuffer;vertexBuffer;vao;vaoFiber;pts;tris;layers;type=rn.MESH;data_type;rgba255;fiberLength;fiberLengths;fiberDensity;fiberDither=.1;fiberColor=`Global`;fiberDecimationStride=1;fiberSides=5;fiberRadius=0;fiberOcclusion=0;f32PerVertex=5;dpsThreshold=NaN;fiberMask;colormap;dpg;dps;dpv;groups;hasConnectome=!1;connectome;indexCount;vertexCount=1;nodeScale=4;edgeScale=1;legendLineThickness=0;showLegend=!0;nodeColormap=`warm`;edgeColormap=`warm`;nodeColormapNegative;edgeColormapNegative;nodeMinColor;nodeMaxColor;edgeMin;edgeMax;nodes;edges;points;constructor(e,t,n=``,r=new Uint8Array([255,255,255,255]),i=1,a=!0,o,s=null,c=null,l=null,u=null,d=null,f=!0,p=``){this.anatomicalStructurePrimary=p,this.name=n,this.colorbarVisible=f,this.id=De();let m=Jt.getExtents(e);if(this.furthestVertexFromOrigin=m.mxDx,this.extentsMin=m.extentsMin,this.extentsMax=m.extentsMax,this.opacity=i>1?1:i,this.visible=a,this.meshShaderIndex=0,this.indexBuffer=o.createBuffer(),this.vertexBuffer=o.createBuffer(),this.vao=o.createVertexArray(),o.bindVertexArray(this.vao),o.bindBuffer(o.ELEMENT_ARRAY_BUFFER,this.indexBuffer),o.bindBuffer(o.ARRAY_BUFFER,this.vertexBuffer),o.enableVertexAttribArray(0),o.enableVertexAttribArray(1),this.f32PerVertex===7?(o.vertexAttribPointer(0,3,o.FLOAT,!1,28,0),o.vertexAttribPointer(1,3,o.FLOAT,!1,28,12),o.enableVertexAttribArray(2),o.vertexAttribPointer(2,4,o.UNSIGNED_BYTE,!0,28,24)):(o.vertexAttribPointer(0,3,o.FLOAT,!1,20,0),o.vertexAttribPointer(1,4,o.BYTE,!0,20,12),o.enableVertexAttribArray(2),o.vertexAttribPointer(2,4,o.UNSIGNED_BYTE,!0,20,16)),o.bindVertexArray(null),this.vaoFiber=o.createVertexArray(),this.offsetPt0=null,this.hasConnectome=!1,this.colormapInvert=!1,this.fiberGroupColormap=null,this.pts=e,this.layers=[],this.type=rn.MESH,this.tris=t,r[3]<1)this.rgba255=r,this.fiberLength=2,this.fiberDither=.1,this.fiberColor=`Global`,this.fiberDecimationStride=1,this.fiberMask=[],this.colormap=s,this.dpg=c,this.dps=l,this.dpv=u,this.groups=d,c&&this.initValuesArray(c),l&&this.initValuesArray(l),u&&this.initValuesArray(u),d&&this.initValuesArray(d),this.offsetPt0=new Uint32Array(t),this.tris=new Uint32Array,this.updateFibers(o),o.bindVertexArray(this.vaoFiber),o.bindBuffer(o.ELEMENT_ARRAY_BUFFER,this.indexBuffer),o.bindBuffer(o.ARRAY_BUFFER,this.vertexBuffer),o.enableVertexAttribArray(0),o.vertexAttribPointer(0,3,o.FLOAT,!1,16,0),o.enableVertexAttribArray(1),o.vertexAttribPointer(1,4,o.UNSIGNED_BYTE,!0,16,12),o.bindVertexArray(null);else{if(s){this.connectome=s,this.hasConnectome=!0;let e=Object.keys(s);for(let t=0,n=e.length;t<n;t++)this[e[t]]=s[e[t]]}this.rgba255=r,this.updateMesh(o)}}initValuesArray(e){for(let t=0;t<e.length;t++){let n=e[t].vals.reduce((e,t)=>Math.min(e,t)),r=e[t].vals.reduce((e,t)=>Math.max(e,t));e[t].global_min=n,e[t].global_max=r,e[t].cal_min=n,e[t].cal_max=r}return e}linesToCylinders(e,t,n){function r(e){return j(e[0],e[1],e[2])}let i=2**32-1,a=n.length,o=0,s=0;for(let e=0;e<a;e++)n[e]===i?s++:o++;let c=this.fiberSides,l=c*o,u=this.f32PerVertex;if(u!==5)throw Error(`fiberSides > 1 requires f32PerVertex == 5`);let d=new Float32Array(l*u),f=new Uint8Array(d.buffer),p=0,m=pe(),h=pe(),g=pe(),_=O(),v=O(),y=0,b=this.fiberRadius;for(let e=0;e<a;e++){let o=n[e]===i;if(o&&y<1)continue;let s=n[e]*4;if(y++,y<=1){m=I(t[s+0],t[s+1],t[s+2],t[s+3]),h=me(m),e+1<a&&n[e+1]!==i&&(s=n[e+1]*4,g=I(t[s+0],t[s+1],t[s+2],t[s+3]),P(_,r(m),r(g)),F(_,_),v=Ce.getFirstPerpVector(_));continue}g=o?me(h):I(t[s+0],t[s+1],t[s+2],t[s+3]),P(_,r(m),r(g)),F(_,_);let l=O();oe(l,v,_);let x=O();oe(x,_,l),v=k(v);let S=O();oe(S,_,x),F(S,S);let C=O();for(let e=0;e<c;e++){let t=Math.cos(e/c*2*Math.PI),n=Math.sin(e/c*2*Math.PI);C[0]=b*(t*x[0]+n*S[0]),C[1]=b*(t*x[1]+n*S[1]),C[2]=b*(t*x[2]+n*S[2]),N(C,r(h),C);let i=p*u;d[i+0]=C[0],d[i+1]=C[1],d[i+2]=C[2];let a=O();P(a,C,r(h)),F(a,a);let o=(i+3)*4;f[o+0]=a[0]*127,f[o+1]=a[1]*127,f[o+2]=a[2]*127,d[i+4]=h[3],p++}m=me(h),h=me(g),o&&(y=0)}let x=(o-s)*c*2*3,S=new Uint32Array(x),C=0;p=0;for(let e=1;e<a;e++){if(n[e]===i){p+=c;continue}if(n[e-1]===i)continue;let t=p,r=p+c,a=r,o=r+c;for(let e=0;e<c;e++)S[C++]=t,S[C++]=r++,r===o&&(r=o-c),S[C++]=r,S[C++]=t++,t===a&&(t=a-c),S[C++]=r,S[C++]=t;p+=c}e.bindBuffer(e.ELEMENT_ARRAY_BUFFER,this.indexBuffer),e.bufferData(e.ELEMENT_ARRAY_BUFFER,Uint32Array.from(S),e.STATIC_DRAW),e.bindBuffer(e.ARRAY_BUFFER,this.vertexBuffer),e.bufferData(e.ARRAY_BUFFER,f,e.STATIC_DRAW),this.indexCount=x}createFiberDensityMap(){if(this.fiberDensity)return;let e=this.pts,t=e.length/3,n=0;for(let e=0;e<3;e++){let t=this.extentsMax[e]-this.extentsMin[e];n=Math.max(n,t)}if(this.fiberDensity=new Float32Array(t),n===0)return;let r=n/63/2,i=63/n,a=new Float32Array(262144),o=[this.extentsMin[0]-r,this.extentsMin[1]-r,this.extentsMin[2]-r],s=[0,0,0],c=4096,l=0;for(let n=0;n<t;n++){s[0]=Math.round((e[l++]-o[0])*i),s[1]=Math.round((e[l++]-o[1])*i),s[2]=Math.round((e[l++]-o[2])*i);let t=s[0]+s[1]*64+s[2]*c;t!==-1&&a[t]++}function u(e,t){let n=e.slice(),r=-1,i=t-1;for(let a=0;a<t;a++)for(let a=0;a<t;a++)for(let a=0;a<t;a++)r++,a<1||a>=i||(e[r]=n[r-1]+n[r]+n[r]+n[r+1]);r=-1,n=e.slice();for(let a=0;a<t;a++)for(let a=0;a<t;a++)for(let o=0;o<t;o++)r++,a<1||a>=i||(e[r]=n[r-t]+n[r]+n[r]+n[r+t]);let a=t*t;r=-1,n=e.slice();for(let o=0;o<t;o++)for(let s=0;s<t;s++)for(let s=0;s<t;s++)r++,o<1||o>=i||(e[r]=n[r-a]+n[r]+n[r]+n[a]);return e}a=u(a,64),a=u(a,64);let d=0,f=1/0,p=262144;for(let e=0;e<p;e++)a[e]<=0||(d=Math.max(d,a[e]),f=Math.min(f,a[e]));if(!(d<=1||d<=f)){l=0;for(let e=0;e<p;e++)a[e]=Math.max(0,a[e]-f);d-=f;for(let n=0;n<t;n++){s[0]=Math.round((e[l++]-o[0])*i),s[1]=Math.round((e[l++]-o[1])*i),s[2]=Math.round((e[l++]-o[2])*i);let t=s[0]+s[1]*64+s[2]*c;this.fiberDensity[n]=a[t]/d}}}updateFibers(e){if(!this.offsetPt0||!this.fiberLength)return;let t=this.pts,n=this.offsetPt0,r=n.length-1,i=t.length/3;if(!this.fiberLengths){this.fiberLengths=new Uint32Array(r);for(let e=0;e<r;e++){let r=n[e]*3,i=(n[e+1]-1)*3,a=0;for(let e=r;e<i;e+=3){let n=j(t[e+0]-t[e+3],t[e+1]-t[e+4],t[e+2]-t[e+5]);a+=fe(n)}this.fiberLengths[e]=a}}let a=new Float32Array(i*4),o=new Uint32Array(a.buffer),s=0,c=0;for(let e=0;e<i;e++)a[c+0]=t[s+0],a[c+1]=t[s+1],a[c+2]=t[s+2],s+=3,c+=4;let l=this.fiberDither,u=l*.5;function d(e,t,n){let r=255*(l*Math.random()-u);return e=Math.max(Math.min(e+r,255),0),t=Math.max(Math.min(t+r,255),0),n=Math.max(Math.min(n+r,255),0),e+(t<<8)+(n<<16)}function f(e,t,n,r,i,a,o){let s=j(Math.abs(e-r),Math.abs(t-i),Math.abs(n-a));F(s,s);let c=o-u;for(let e=0;e<3;e++)s[e]=255*Math.max(Math.min(Math.abs(s[e])+c,1),0);return s[0]+(s[1]<<8)+(s[2]<<16)}let p=this.fiberColor.toLowerCase(),m=null,h=null;if(p.startsWith(`dps`)&&this.dps&&this.dps.length>0){let e=parseInt(p.substring(3));e<this.dps.length&&this.dps[e].vals.length===r&&(m=this.dps[e].vals)}if(p.startsWith(`dpv`)&&this.dpv&&this.dpv.length>0){let e=parseInt(p.substring(3));e<this.dpv.length&&this.dpv[e].vals.length===i&&(h=this.dpv[e])}let g=new Int16Array(r);if(this.groups&&this.fiberGroupColormap!==null||p.startsWith(`dpg`)&&this.dpg.length>0){let e=new Uint8ClampedArray(this.groups.length*4),t=Array(this.groups.length).fill(!1);if(this.fiberGroupColormap){let n=this.fiberGroupColormap;n.A===void 0&&(n.A=Array.from(new Uint8ClampedArray(n.I.length).fill(255)));for(let r=0;r<n.I.length;r++){let i=n.I[r];i<0||i>=this.groups.length||n.A[r]<1||(t[i]=!0,i*=4,e[i]=n.R[r],e[i+1]=n.G[r],e[i+2]=n.B[r],e[i+3]=255)}}else if(p.startsWith(`dpg`)&&this.dpg.length>0){let n=parseInt(p.substring(3)),r=n<this.dpg.length?this.dpg[n]:this.dpg[0],i=z.colormap(this.colormap,this.colormapInvert),a=r.cal_min,o=r.cal_max,s=this.groups.length;for(let n=0;n<s;n++){let s=r.vals[n];if(s<a)continue;let c=Math.round(255*Math.min(Math.max((s-a)/(o-a),0),1));t[n]=!0;let l=n*4;c*=4,e[l]=i[c+0],e[l+1]=i[c+1],e[l+2]=i[c+2],e[l+3]=255}}g.fill(-1);for(let e=0;e<this.groups.length;e++){if(!t[e])continue;let n=this.groups[e];for(let t=0;t<n.vals.length;t++)g[n.vals[t]]=e}for(let t=0;t<r;t++){if(g[t]<0)continue;let r=g[t]%256*4,i=d(e[r],e[r+1],e[r+2]),a=n[t],s=n[t+1]-1,c=a*4+3,l=s*4+3;for(let e=c;e<=l;e+=4)o[e]=i}}else if(h){let e=z.colormap(this.colormap,this.colormapInvert),t=h.cal_min,n=h.cal_max,r=3;for(let a=0;a<i;a++){let i=Math.min(Math.max((h.vals[a]-t)/(n-t),0),1);i=Math.round(Math.max(Math.min(255,i*255)))*4;let s=e[i]+(e[i+1]<<8)+(e[i+2]<<16);o[r]=s,r+=4}}else if(m){let e=z.colormap(this.colormap,this.colormapInvert),t=m[0],i=m[0];for(let e=0;e<r;e++)t=Math.min(t,m[e]),i=Math.max(i,m[e]);i===t&&--t;for(let a=0;a<r;a++){let r=(m[a]-t)/(i-t);r=Math.round(Math.max(Math.min(255,r*255)))*4;let s=e[r]+(e[r+1]<<8)+(e[r+2]<<16),c=n[a],l=n[a+1]-1,u=c*4+3,d=l*4+3;for(let e=u;e<=d;e+=4)o[e]=s}}else if(p.includes(`fixed`)){if(l===0){let e=this.rgba255[0]+(this.rgba255[1]<<8)+(this.rgba255[2]<<16),t=3;for(let n=0;n<i;n++)o[t]=e,t+=4}else for(let e=0;e<r;e++){let t=d(this.rgba255[0],this.rgba255[1],this.rgba255[2]),r=n[e],i=n[e+1]-1,a=r*4+3,s=i*4+3;for(let e=a;e<=s;e+=4)o[e]=t}}else if(p.includes(`local`))for(let e=0;e<r;e++){let r=n[e],i=n[e+1]-1,a=r*3,s=i*3,c=l*Math.random(),u=f(t[a],t[a+1],t[a+2],t[a+4],t[a+5],t[a+6],c),d=r*4+3;for(;a<s;)o[d]=u,d+=4,a+=3,u=f(t[a-3],t[a-2],t[a-1],t[a+3],t[a+4],t[a+5],c);o[d]=o[d-4]}else for(let e=0;e<r;e++){let r=n[e],i=n[e+1]-1,a=r*3,s=i*3,c=f(t[a],t[a+1],t[a+2],t[s],t[s+1],t[s+2],l*Math.random()),u=r*4+3,d=i*4+3;for(let e=u;e<=d;e+=4)o[e]=c}if(this.fiberOcclusion>0){this.createFiberDensityMap();function e(e,t){let n=t*(e&255),r=t*(e>>8&255),i=t*(e>>16&255);return n+(r<<8)+(i<<16)}for(let t=0;t<r;t++){let r=n[t],i=n[t+1]-1,a=r*4+3,s=i*4+3,c=r,l=Math.min(this.fiberOcclusion,.99);for(let t=a;t<=s;t+=4){let n=this.fiberDensity[c++];if(n<=0)continue;n/=(1/l-2)*(1-n)+1;let r=1-Math.min(n,.9),i=o[t];i=e(i,r),o[t]=i}}}if(Number.isFinite(this.dpsThreshold)&&this.dps&&(m||this.dps[0].vals.length===r&&(m=this.dps[0].vals),m))for(let e=0;e<r;e++)m[e]<this.dpsThreshold&&(g[e]=-1);let _=this.fiberLength,v=2**32-1,y=[],b=-1;for(let e=0;e<r;e++)if(!(g[e]<0)&&!(this.fiberLengths[e]<_)&&(b++,b%this.fiberDecimationStride===0)){for(let t=n[e];t<n[e+1];t++)y.push(t);y.push(v)}this.fiberSides>2&&this.fiberRadius>0?this.linesToCylinders(e,a,y):(this.indexCount=y.length,e.bindBuffer(e.ARRAY_BUFFER,this.vertexBuffer),e.bufferData(e.ARRAY_BUFFER,Uint32Array.from(o),e.STATIC_DRAW),e.bindBuffer(e.ELEMENT_ARRAY_BUFFER,this.indexBuffer),e.bufferData(e.ELEMENT_ARRAY_BUFFER,Uint32Array.from(y),e.STATIC_DRAW))}indexNearestXYZmm(e,t,n){let r=this.pts,i=this.pts.length/3,a=0,o=1/0,s=0;for(let c=0;c<i;c++){let i=(r[a]-e)**2+(r[a+1]-t)**2+(r[a+2]-n)**2;i<o&&(o=i,s=c),a+=3}return o=Math.sqrt(o),[s,o]}unloadMesh(e){if(e.bindBuffer(e.ARRAY_BUFFER,null),e.bindBuffer(e.ELEMENT_ARRAY_BUFFER,null),e.bindVertexArray(null),e.deleteBuffer(this.vertexBuffer),e.deleteBuffer(this.indexBuffer),e.deleteVertexArray(this.vao),e.deleteVertexArray(this.vaoFiber),this.offsetPt0=null,this.tris=null,this.pts=null,this.layers&&this.layers.length>0)for(let e=0;e<this.layers.length;e++)this.layers[e].values=null;if(this.dpg&&this.dpg.length>0)for(let e=0;e<this.dpg.length;e++)this.dpg[e].vals=null;if(this.dps&&this.dps.length>0)for(let e=0;e<this.dps.length;e++)this.dps[e].vals=null}scalars2RGBA(e,t,n,r=!1){let i=n.length;if(4*i<e.length)return R.error(`colormap2RGBA incorrectly specified ${i}*4 != ${e.length}`),e;let a=Math.round(t.opacity*255),o=t.cal_min,s=t.cal_max,c=z.colormap(t.colormap,this.colormapInvert),l=1;if(r){if(!t.useNegativeCmap)return e;l=-1,c=z.colormap(t.colormapNegative,t.colormapInvert),o=t.cal_min,s=t.cal_max,isFinite(t.cal_minNeg)&&isFinite(t.cal_minNeg)&&(o=-t.cal_minNeg,s=-t.cal_maxNeg)}let u=o;t.isTransparentBelowCalMin||(u=-1/0);let d=t.colormapType===qt.ZERO_TO_MAX_TRANSLUCENT_BELOW_MIN;t.colormapType!==qt.MIN_TO_MAX&&(o=Math.min(o,0));let f=255/(s-o);for(let r=0;r<i;r++){let i=n[r]*l;if(isNaN(i))continue;let s=a;if(i<u){if(i>0&&d)s=Math.round(t.opacity*255*(i/u)**2);else continue}if(i=(i-o)*f,i<0&&t.isTransparentBelowCalMin)continue;i=Math.min(255,Math.max(0,Math.round(i)))*4;let p=r*4;e[p+0]=c[i+0],e[p+1]=c[i+1],e[p+2]=c[i+2],e[p+3]=s}return e}blendColormap(e,t,n,r,i,a,o=!1){let s=this.pts.length/3,c=Math.min(n.opacity,1);function l(e,t,n){return e*(1-n)+t*n}function u(e,t){return Math.min(e+t,255)}let d=o?-1:1,f=s*Math.min(Math.max(n.frame4D,0),n.nFrame4D-1),p=r;n.isTransparentBelowCalMin||(p=-1/0),n.colormapType!==qt.MIN_TO_MAX&&(r=Math.min(r,0));let m=255/(i-r),h=Array(s).fill(!1);if(n.outlineBorder!==0){let e=new Uint8Array(s).fill(0);for(let t=0;t<s;t++)d*n.values[t+f]>=p&&(e[t]=1);h=Jt.getClusterBoundaryU8(e,this.tris);for(let e=0;e<s;e++)d*n.values[e+f]<p&&(h[e]=!1)}let g=new Float32Array(256).fill(c);if(p>r&&n.colormapType===qt.ZERO_TO_MAX_TRANSLUCENT_BELOW_MIN){let e=Math.round((p-r)*m);e=Math.max(e,1);for(let t=1;t<e;t++)g[t]=c*(t/e)**2;g[0]=0,p=r+2**-52}for(let i=0;i<s;i++){let o=d*n.values[i+f];if(o<p)continue;let s=Math.round((o-r)*m);if(s<0&&n.isTransparentBelowCalMin)continue;s=Math.max(0,s),s=Math.min(255,s);let c=g[s];s*=4;let _=i*28+24;if(this.f32PerVertex!==7&&(_=i*20+16),n.isAdditiveBlend){let e=i*4;t[e+0]=u(t[e+0],a[s+0]),t[e+1]=u(t[e+1],a[s+1]),t[e+2]=u(t[e+2],a[s+2]),t[e+3]=u(t[e+3],255)}else{if(h[i]&&(c=n.outlineBorder,n.outlineBorder<0)){e[_+0]=0,e[_+1]=0,e[_+2]=0;continue}e[_+0]=l(e[_+0],a[s+0],c),e[_+1]=l(e[_+1],a[s+1],c),e[_+2]=l(e[_+2],a[s+2],c)}}}updateMesh(e){if(this.offsetPt0){this.updateFibers(e);return}if(this.hasConnectome)return;if(!this.pts||!this.tris||!this.rgba255){R.warn(`underspecified mesh`);return}function t(e,t,n){return e*(1-n)+t*n}let n=this.generatePosNormClr(this.pts,this.tris,this.rgba255),r=this.pts.length/3,i=new Uint8Array(n.buffer),a=0,o=new Uint8Array(r*4),s=this.tris;if(this.layers&&this.layers.length>0)for(let e=0;e<this.layers.length;e++){let n=this.layers[e],c=n.opacity;if(c<=0||n.cal_min>n.cal_max)continue;if(n.outlineBorder===void 0&&(n.outlineBorder=0),n.isAdditiveBlend===void 0&&(n.isAdditiveBlend=!1),n.colormapLabel&&n.colormapLabel.R&&!n.colormapLabel.lut&&(n.colormapLabel=z.makeLabelLut(n.colormapLabel,255,n.global_max)),n.colormapLabel&&n.colormapLabel.lut){let e=n.colormapLabel,a=0;n.colormapLabel.min&&(a=n.colormapLabel.min);let o=e.lut,c=Math.floor(o.length/4);if(n.atlasValues&&c>0&&c===n.atlasValues.length&&n.colormap){let e=n.atlasValues,t=!1,i=!0;for(let n=0;n<c;n++)isNaN(e[n])?t=!0:i=!1;if(i){R.debug(`invisible mesh: all atlasValues are NaN.`);return}if(t){R.debug(`some vertices have NaN atlasValues (mesh will be decimated).`);let t=Array(r).fill(!1);for(let i=0;i<r;i++){let r=Math.round(n.values[i])-a;isNaN(e[r])&&(t[i]=!0)}let i=Array(s.length).fill(!1);for(let e=0;e<s.length;e++)t[s[e]]&&(i[e]=!0);let o=this.tris,c=0;for(let e=0;e<o.length;e+=3)i[e]||i[e+1]||i[e+2]||c++;c===0&&R.debug(`invisible mesh: all triangles of a vertex with a NaN atlasValue.`),s=new Uint32Array(c*3);let l=0;for(let e=0;e<o.length;e+=3)i[e]||i[e+1]||i[e+2]||(s[l++]=o[e],s[l++]=o[e+1],s[l++]=o[e+2])}o.fill(0),o=this.scalars2RGBA(o,n,e),n.useNegativeCmap&&(o=this.scalars2RGBA(o,n,e,!0))}else n.atlasValues&&R.warn(`Expected ${c} atlasValues but got ${n.atlasValues.length} for mesh layer`);if(n.showLegend&&c===n.colormapLabel.labels.length){n.labels=[];for(let e=0;e<c;e++){let t=Array.from(o.slice(e*4,e*4+4)).map(e=>e/255),i=n.colormapLabel.labels[e],a=[0,0,0],s=0;for(let t=0;t<r;t++)if(n.values[t]===e){let e=t*3;a[0]+=this.pts[e],a[1]+=this.pts[e+1],a[2]+=this.pts[e+2],s++}if(s>0&&(a[0]/=s,a[1]/=s,a[2]/=s),t[3]===0||!i||i.startsWith(`_`))continue;t[3]=1;let c=new nn(i,{textColor:t,bulletScale:1,bulletColor:t,lineWidth:0,lineColor:t,textScale:1,textAlignment:Qt.LEFT,lineTerminator:$t.NONE},a);n.labels.push(c),R.debug(`label for mesh layer:`,c)}}else delete n.labels;let l=r*Math.min(Math.max(n.frame4D,0),n.nFrame4D-1),u=new Uint8Array(r*4),d=0;for(let e=0;e<r;e++){let t=n.values[e+l]-a,r=4*Math.min(Math.max(t,0),c-1);u[d+0]=o[r+0],u[d+1]=o[r+1],u[d+2]=o[r+2],u[d+3]=Math.round(o[r+3]/255*n.opacity*255),d+=4}let f=Array(r).fill(!1);n.outlineBorder!==0&&(f=Jt.getClusterBoundary(u,this.tris)),d=0;for(let e=0;e<r;e++){let r=e*28+24;this.f32PerVertex!==7&&(r=e*20+16);let a=u[d+3]/255;f[e]&&(a=n.outlineBorder,n.outlineBorder<0)?(i[r+0]=0,i[r+1]=0,i[r+2]=0,d+=4):(i[r+0]=t(i[r+0],u[d+0],a),i[r+1]=t(i[r+1],u[d+1],a),i[r+2]=t(i[r+2],u[d+2],a),d+=4)}continue}if(n.values instanceof Uint8Array){let e=new Uint8Array(n.values.buffer),a=Array(r).fill(!0);n.outlineBorder!==0&&(a=Jt.getClusterBoundary(e,this.tris));let o=0;for(let r=0;r<n.values.length;r++){let s=r*28+24;this.f32PerVertex!==7&&(s=r*20+16);let l=c;a[r]&&(l=n.outlineBorder,n.outlineBorder<0)?(i[s+0]=0,i[s+1]=0,i[s+2]=0,o+=4):(i[s+0]=t(i[s+0],e[o+0],l),i[s+1]=t(i[s+1],e[o+1],l),i[s+2]=t(i[s+2],e[o+2],l),o+=4)}continue}n.useNegativeCmap&&(n.cal_min=Math.max(2**-52,n.cal_min),n.cal_max=Math.max(n.cal_min+1e-6,n.cal_max)),n.isTransparentBelowCalMin===void 0&&(n.isTransparentBelowCalMin=!0);let l=z.colormap(n.colormap,n.colormapInvert);if(n.isAdditiveBlend&&a++,this.blendColormap(i,o,n,n.cal_min,n.cal_max,l),n.useNegativeCmap){let e=z.colormap(n.colormapNegative,n.colormapInvert),t=n.cal_min,r=n.cal_max;isFinite(n.cal_minNeg)&&isFinite(n.cal_minNeg)&&(t=-n.cal_minNeg,r=-n.cal_maxNeg),this.blendColormap(i,o,n,t,r,e,!0)}}if(a>0)for(let e=0;e<r;e++){let n=e*28+24;this.f32PerVertex!==7&&(n=e*20+16);let r=e*4,s=Math.min(a,o[r+3]/255);if(s<=0)continue;function c(e,t){return Math.min(e*t*(1/255),255)}i[n+0]=c(i[n+0],o[r+0]),i[n+1]=c(i[n+1],o[r+1]),i[n+2]=c(i[n+2],o[r+2]),i[n+0]=t(i[n+0],o[r+0],s),i[n+1]=t(i[n+1],o[r+1],s),i[n+2]=t(i[n+2],o[r+2],s)}e.bindBuffer(e.ELEMENT_ARRAY_BUFFER,this.indexBuffer),e.bufferData(e.ELEMENT_ARRAY_BUFFER,Uint32Array.from(s),e.STATIC_DRAW),e.bindBuffer(e.ARRAY_BUFFER,this.vertexBuffer),e.bufferData(e.ARRAY_BUFFER,i,e.STATIC_DRAW),this.indexCount=s.length,this.vertexCount=this.pts.length}reverseFaces(e){if(this.offsetPt0||this.hasConnectome)return;let t=this.tris||[];for(let e=0;e<t.length;e+=3){let n=t[e];t[e]=t[e+1],t[e+1]=n}this.updateMesh(e)}hierarchicalOrder(){let e=this.tris.length/3,t=Math.log(e/20)/Math.log(4);if(e!==4**t*20||this.pts.length/3!=4**t*10+2)return NaN;for(let e=0;e<15;e+=3)if(this.tris[e]!==0)return NaN;for(let e=15;e<24;e+=3)if(this.tris[e]!==3)return NaN;for(let e=24;e<30;e+=3)if(this.tris[e]!==4)return NaN;return t}decimateFaces(e,t){let n=this.tris;for(let r=e-1;r>=t;r--){let e=4**(r+1)*10+2,t=4**r*10+2,i=n.length/3,a=4**r*20;R.info(`order ${r+1} -> ${r} vertices ${e} -> ${t} faces ${i} -> ${a}`);let o=Array.from({length:e},(e,t)=>t+1);for(let e=0;e<i;e++){let t=n[3*e],r=n[3*e+1],i=n[3*e+2];o[t-1]=Math.min(o[t-1],r,i)}let s=new Uint32Array(a*3);for(let e=0;e<a;e++)s[3*e]=o[n[3*e]-1],s[3*e+1]=o[n[3*e+1]-1],s[3*e+2]=o[n[3*e+2]-1];n=s}this.tris=new Uint32Array(n)}decimateHierarchicalMesh(e,t=4){let n=this.hierarchicalOrder();if(isNaN(n))return R.warn(`Unable to decimate mesh: it does not have a hierarchical structure`),!1;if(t>=n)return R.warn(`Unable to decimate mesh: input order (${n}) must be larger than downsampled order (${t})`),!1;let r=this.pts.length/3,i=4**t*10+2;if(this.pts=new Float32Array(this.pts.slice(0,i*3)),this.decimateFaces(n,t),this.layers&&this.layers.length>0)for(let e=0;e<this.layers.length;e++){let t=this.layers[e];t.values instanceof Float32Array||t.values.length!==r?t.values=new Float32Array(t.values.slice(0,i)):R.warn(`decimation logic needs to be updated`)}return this.updateMesh(e),!0}async setLayerProperty(e,t,n,r){let i=this.layers[e];if(!i||!(t in i))R.warn(`mesh does not have property `,t,` for layer `,i);else{if(t===`colormapLabel`){if(typeof n==`object`)i[t]=z.makeLabelLut(n,255,i.global_max);else if(typeof n==`string`){i[t]=await z.makeLabelLutFromUrl(n),this.updateMesh(r);return}else R.error(`colormapLabel requires a string or object`)}else i[t]=n;this.updateMesh(r)}}setProperty(e,t,n){e in this?(this[e]=t,this.updateMesh(n)):console.warn(`Mesh does not have property:`,e,this)}generatePosNormClr(e,t,n){(e.length<3||n.length<4)&&(R.error(`Catastrophic failure generatePosNormClr()`),R.debug(`this`,this),R.debug(`pts`,e),R.debug(`rgba`,n));let r=Jt.generateNormals(e,t),i=e.length/3,a=i===n.length/4,o=this.f32PerVertex,s=new Float32Array(i*o),c=new Uint8Array(s.buffer),l=0,u=0,d=0,f=(o-1)*4;for(let t=0;t<i;t++)s[d+0]=e[l+0],s[d+1]=e[l+1],s[d+2]=e[l+2],o===7?(s[d+3]=r[l+0],s[d+4]=r[l+1],s[d+5]=r[l+2]):(c[f-4]=r[l+0]*127,c[f-3]=r[l+1]*127,c[f-2]=r[l+2]*127),c[f]=n[u+0],c[f+1]=n[u+1],c[f+2]=n[u+2],c[f+3]=n[u+3],a&&(u+=4),l+=3,d+=o,f+=o*4;return s}static async readMesh(t,n,r,i=1,a=new Uint8Array([255,255,255,255]),o=!0){let s=new Uint32Array([]),c=new Float32Array([]),l=``,u,d=/(?:\.([^.]+))?$/,f=d.exec(n)[1];if(f=f.toUpperCase(),f===`GZ`&&(f=d.exec(n.slice(0,-3))[1],f=f.toUpperCase()),f===`JCON`&&R.error(`you should never see this message: load using nvconnectome not nvmesh`),f===`JSON`&&R.error(`you should never see this message: load using nvconnectome not nvmesh`),a[3]=Math.max(1,a[3]),f===`TCK`||f===`TRK`||f===`TT`||f===`TRX`||f===`TRACT`)return u=f===`TCK`?V.readTCK(t):f===`TRACT`?V.readTRACT(t):f===`TT`?await V.readTT(t):f===`TRX`?await V.readTRX(t):await V.readTRK(t),u===void 0&&(u={pts:new Float32Array([0,0,0,0,0,0]),offsetPt0:new Uint32Array([0])},R.error(`Creating empty tracts`)),a[3]=0,new e(u.pts,u.offsetPt0,n,a,i,o,r,`inferno`,u.dpg||null,u.dps||null,u.dpv||null,u.groups);if(f===`GII`)u=await V.readGII(t);else if(f===`MZ3`)u=await V.readMZ3(t),`positions`in u||R.warn(`MZ3 does not have positions (statistical overlay?)`);else if(f===`ASC`)u=V.readASC(t);else if(f===`DFS`)u=V.readDFS(t);else if(f===`BYU`||f===`G`)u=V.readGEO(t);else if(f===`GEO`)u=V.readGEO(t,!0);else if(f===`ICO`||f===`TRI`)u=V.readICO(t);else if(f===`OFF`)u=V.readOFF(t);else if(f===`NV`)u=V.readNV(t);else if(f===`OBJ`)u=await V.readOBJ(t);else if(f===`PLY`)u=V.readPLY(t);else if(f===`WRL`)u=V.readWRL(t);else if(f===`X3D`)u=V.readX3D(t);else if(f===`FIB`||f===`VTK`){if(u=V.readVTK(t),`offsetPt0`in u)return a[3]=0,new e(u.pts,u.offsetPt0,n,a,i,o,r,`inferno`)}else u=f===`SRF`?await V.readSRF(t):f===`STL`?V.readSTL(t):V.readFreeSurfer(t);if(u.anatomicalStructurePrimary&&(l=u.anatomicalStructurePrimary),u instanceof Float32Array)throw Error(`fatal: unknown mesh type loaded`);if(!(`positions`in u))throw Error(`positions not loaded`);if(!u.indices)throw Error(`indices not loaded`);if(c=u.positions,s=u.indices,`rgba255`in u&&u.rgba255.length>0&&(a=u.rgba255),`colors`in u&&u.colors&&u.colors.length===c.length){let e=c.length/3;a=new Uint8Array(e*4);let t=0,n=0;for(let r=0;r<e;r++)a[n++]=u.colors[t]*255,a[n++]=u.colors[t+1]*255,a[n++]=u.colors[t+2]*255,a[n++]=255,t+=3}let p=c.length/3;if(s.length/3<1||p<3)throw Error(`Mesh should have at least one triangle and three vertices`);a[3]=Math.max(1,a[3]);let m=new e(c,s,n,a,i,o,r,null,null,null,null,null,!0,l);if(`scalars`in u&&u.scalars.length>0){let e=await V.readLayer(n,t,m,i,`gray`);e===void 0?R.warn(`readLayer() failed to convert scalars`):(m.layers.push(e),m.updateMesh(r))}return m}static async loadLayer(e,t){let n=new Uint8Array().buffer;function r(e){let t=window.atob(e),n=t.length,r=new Uint8Array(n);for(let e=0;e<n;e++)r[e]=t.charCodeAt(e);return r.buffer}if(e.base64!==void 0)n=r(e.base64);else{if(!e.url)throw Error(`layer: missing url`);let t=await fetch(e.url,{headers:e.headers});if(!t.ok)throw Error(t.statusText);n=await t.arrayBuffer()}let i,a=[];if(e.name&&e.name!==``)i=e.name;else{if(!e.url)throw Error(`layer: missing url`);try{a=new URL(e.url).pathname.split(`/`)}catch{a=e.url.split(`/`)}finally{i=a.slice(-1)[0]}}i.indexOf(`?`)>-1&&(i=i.slice(0,i.indexOf(`?`)));let o=.5;`opacity`in e&&(o=e.opacity);let s=`warm`;`colormap`in e&&(s=e.colormap);let c=`winter`;`colormapNegative`in e&&(c=e.colormapNegative);let l=!1;`useNegativeCmap`in e&&(l=e.useNegativeCmap);let u=null;`cal_min`in e&&(u=e.cal_min);let d=null;`cal_max`in e&&(d=e.cal_max);let f=await V.readLayer(i,n,t,o,s,c,l,u,d);f&&t.layers.push(f)}static async loadFromUrl({url:t=``,headers:n={},gl:r,name:i=``,opacity:a=1,rgba255:o=[255,255,255,255],visible:s=!0,layers:c=[],buffer:l=new ArrayBuffer(0),meshShaderIndex:u=0}={}){let d=t.split(`/`);if(i===``){try{d=new URL(t).pathname.split(`/`)}catch{d=t.split(`/`)}i=d.slice(-1)[0],i.indexOf(`?`)>-1&&(i=i.slice(0,i.indexOf(`?`)))}if(t===``)throw Error(`url must not be empty`);if(!r)throw Error(`gl context is null`);let f;if(l.byteLength>0)f=l;else{let e=await fetch(t,{headers:n});if(!e.ok)throw Error(e.statusText);f=await e.arrayBuffer()}let p=await this.readMesh(f,i,r,a,new Uint8Array(o),s);if(u!==void 0&&(p.meshShaderIndex=u),!c||c.length<1)return p;for(let t=0;t<c.length;t++)await e.loadLayer(c[t],p);return p.updateMesh(r),p}static async readFileAsync(e){return new Promise((t,n)=>{let r=new FileReader;r.onload=()=>{t(r.result)},r.onerror=n,r.readAsArrayBuffer(e)})}static async loadFromFile({file:t,gl:n,name:r=``,opacity:i=1,rgba255:a=[255,255,255,255],visible:o=!0,layers:s=[]}={}){if(!t)throw Error(`file must be set`);if(!n)throw Error(`rendering context must be set`);let c=await e.readFileAsync(t),l=await e.readMesh(c,r,n,i,new Uint8Array(a),o);if(!s||s.length<1)return l;for(let t=0;t<s.length;t++)await e.loadLayer(s[t],l);return l.updateMesh(n),l}async loadFromBase64({base64:t,gl:n,name:r=``,opacity:i=1,rgba255:a=[255,255,255,255],visible:o=!0,layers:s=[]}={}){if(!t)throw Error(`base64 must bet set`);if(!n)throw Error(`rendering context must be set`);function c(e){let t=window.atob(e),n=t.length,r=new Uint8Array(n);for(let e=0;e<n;e++)r[e]=t.charCodeAt(e);return r.buffer}let l=c(t),u=await e.readMesh(l,r,n,i,new Uint8Array(a),o);if(!s||s.length<1)return u;for(let t=0;t<s.length;t++)await e.loadLayer(s[t],u);return u.updateMesh(n),u}},sn=`/assets/Shiny.jpg`,cn=`/assets/Roboto-Regular.png`,ln={atlas:{type:`msdf`,distanceRange:2,size:59.65625,width:512,height:256,yOrigin:`bottom`},metrics:{emSize:1,lineHeight:1.171875,ascender:.927734375,descender:-.244140625,underlineY:-.09765625,underlineThickness:.048828125},glyphs:[{unicode:32,advance:.24755859375},{unicode:33,advance:.25732421875,planeBounds:{left:.056159633438645884,bottom:-.02437761405677056,right:.20702396031135412,top:.7299440203067705},atlasBounds:{left:488.5,bottom:145.5,right:497.5,top:190.5}},{unicode:34,advance:.31982421875,planeBounds:{left:.049409125974004715,bottom:.48691155587022,right:.2840869677759953,top:.77187750662978},atlasBounds:{left:486.5,bottom:213.5,right:500.5,top:230.5}},{unicode:35,advance:.61572265625,planeBounds:{left:.037219103997511785,bottom:-.02169206718177056,right:.6239137085024882,top:.7326295671817705},atlasBounds:{left:66.5,bottom:51.5,right:101.5,top:96.5}},{unicode:36,advance:.5615234375,planeBounds:{left:.02956531458715296,bottom:-.12381369908983761,right:.5324464041628472,top:.8484230740898377},atlasBounds:{left:109.5,bottom:197.5,right:139.5,top:255.5}},{unicode:37,advance:.732421875,planeBounds:{left:.026481776289942378,bottom:-.030073418674698794,right:.7137525987100576,top:.7410109186746989},atlasBounds:{left:88.5,bottom:144.5,right:129.5,top:190.5}},{unicode:38,advance:.62158203125,planeBounds:{left:.03225572125458355,bottom:-.030073418674698794,right:.6357130287454166,top:.7410109186746989},atlasBounds:{left:130.5,bottom:144.5,right:166.5,top:190.5}},{unicode:39,advance:.17431640625,planeBounds:{left:.028244602049502358,bottom:.49895501673814824,right:.14558352295049765,top:.7671582645118518},atlasBounds:{left:498.5,bottom:62.5,right:505.5,top:78.5}},{unicode:40,advance:.341796875,planeBounds:{left:.042983329377291775,bottom:-.250029542422407,right:.34471198312270823,top:.8227834486724072},atlasBounds:{left:.5,bottom:191.5,right:18.5,top:255.5}},{unicode:41,advance:.34765625,planeBounds:{left:-.003159248747708225,bottom:-.250029542422407,right:.29856940499770823,top:.8227834486724072},atlasBounds:{left:19.5,bottom:191.5,right:37.5,top:255.5}},{unicode:42,advance:.4306640625,planeBounds:{left:-.011208599684062338,bottom:.27785390031593765,right:.44138438093406235,top:.7304468809340623},atlasBounds:{left:449.5,bottom:23.5,right:476.5,top:50.5}},{unicode:43,advance:.56689453125,planeBounds:{left:.01353503347629649,bottom:.053493525733368255,right:.5499415290237036,top:.6066627242666317},atlasBounds:{left:361.5,bottom:17.5,right:393.5,top:50.5}},{unicode:44,advance:.1962890625,planeBounds:{left:-.009919475797210583,bottom:-.15981695975478,right:.1744702570472106,top:.12514899100478},atlasBounds:{left:498.5,bottom:79.5,right:509.5,top:96.5}},{unicode:45,advance:.27587890625,planeBounds:{left:-.00527594412977999,bottom:.24333249267450235,right:.27969000662978,top:.36067141357549765},atlasBounds:{left:52.5,bottom:7.5,right:69.5,top:14.5}},{unicode:46,advance:.26318359375,planeBounds:{left:.051032680313645884,bottom:-.027092319686354116,right:.20189700718635412,top:.12377200718635412},atlasBounds:{left:501.5,bottom:221.5,right:510.5,top:230.5}},{unicode:47,advance:.412109375,planeBounds:{left:-.013733006073205867,bottom:-.08573505127848349,right:.4053345685732059,top:.7356373950284835},atlasBounds:{left:252.5,bottom:206.5,right:277.5,top:255.5}},{unicode:48,advance:.5615234375,planeBounds:{left:.037458384830081196,bottom:-.030073418674698794,right:.5235767714199189,top:.7410109186746989},atlasBounds:{left:167.5,bottom:144.5,right:196.5,top:190.5}},{unicode:49,advance:.5615234375,planeBounds:{left:.06023674350936354,bottom:-.01998308280677056,right:.37872810024063647,top:.7343385515567705},atlasBounds:{left:488.5,bottom:97.5,right:507.5,top:142.5}},{unicode:50,advance:.5615234375,planeBounds:{left:.025334353719224725,bottom:-.01680925468177056,right:.5449781462807752,top:.7375123796817705},atlasBounds:{left:278.5,bottom:51.5,right:309.5,top:96.5}},{unicode:51,advance:.5615234375,planeBounds:{left:.028181041080081196,bottom:-.030073418674698794,right:.5142994276699189,top:.7410109186746989},atlasBounds:{left:197.5,bottom:144.5,right:226.5,top:190.5}},{unicode:52,advance:.5615234375,planeBounds:{left:.005886103858368255,bottom:-.02169206718177056,right:.5590553023916317,top:.7326295671817705},atlasBounds:{left:310.5,bottom:51.5,right:343.5,top:96.5}},{unicode:53,advance:.5615234375,planeBounds:{left:.055524791080081196,bottom:-.02657487968177056,right:.5416431776699189,top:.7277467546817705},atlasBounds:{left:344.5,bottom:51.5,right:373.5,top:96.5}},{unicode:54,advance:.5615234375,planeBounds:{left:.046003306705081196,bottom:-.034712090549698794,right:.5321216932949189,top:.7363722467996989},atlasBounds:{left:227.5,bottom:144.5,right:256.5,top:190.5}},{unicode:55,advance:.5615234375,planeBounds:{left:.018010134969224725,bottom:-.02169206718177056,right:.5376539275307752,top:.7326295671817705},atlasBounds:{left:374.5,bottom:51.5,right:405.5,top:96.5}},{unicode:56,advance:.5615234375,planeBounds:{left:.037702525455081196,bottom:-.030073418674698794,right:.5238209120449189,top:.7410109186746989},atlasBounds:{left:257.5,bottom:144.5,right:286.5,top:190.5}},{unicode:57,advance:.5615234375,planeBounds:{left:.029401744205081196,bottom:-.025434746799698794,right:.5155201307949189,top:.7456495905496989},atlasBounds:{left:287.5,bottom:144.5,right:316.5,top:190.5}},{unicode:58,advance:.2421875,planeBounds:{left:.046394008438645884,bottom:-.029431286627488215,right:.19725833531135412,top:.5572633178774882},atlasBounds:{left:439.5,bottom:61.5,right:448.5,top:96.5}},{unicode:59,advance:.21142578125,planeBounds:{left:.001066852327789419,bottom:-.16459733294591408,right:.1854565851722106,top:.556198895445914},atlasBounds:{left:406.5,bottom:53.5,right:417.5,top:96.5}},{unicode:60,advance:.50830078125,planeBounds:{left:.016948142433865897,bottom:.0726146348300812,right:.4527784200661341,top:.5587330214199189},atlasBounds:{left:394.5,bottom:21.5,right:420.5,top:50.5}},{unicode:61,advance:.548828125,planeBounds:{left:.051535540940937666,bottom:.17620354038436353,right:.5041285215590624,top:.49469489711563647},atlasBounds:{left:477.5,bottom:31.5,right:504.5,top:50.5}},{unicode:62,advance:.5224609375,planeBounds:{left:.047629290940937666,bottom:.0731029160800812,right:.5002222715590624,top:.5592213026699189},atlasBounds:{left:421.5,bottom:21.5,right:448.5,top:50.5}},{unicode:63,advance:.47216796875,planeBounds:{left:.016704001808865897,bottom:-.027876153049698794,right:.4525342794411341,top:.7432081842996989},atlasBounds:{left:317.5,bottom:144.5,right:343.5,top:190.5}},{unicode:64,advance:.89794921875,planeBounds:{left:.034064457306783605,bottom:-.23896750384690937,right:.8721996065996072,top:.7165065663469093},atlasBounds:{left:155.5,bottom:198.5,right:205.5,top:255.5}},{unicode:65,advance:.65234375,planeBounds:{left:-.008838044092129387,bottom:-.02169206718177056,right:.6616700753421295,top:.7326295671817705},atlasBounds:{left:237.5,bottom:51.5,right:277.5,top:96.5}},{unicode:66,advance:.62255859375,planeBounds:{left:.06464099434422473,bottom:-.02169206718177056,right:.5842847869057752,top:.7326295671817705},atlasBounds:{left:205.5,bottom:51.5,right:236.5,top:96.5}},{unicode:67,advance:.65087890625,planeBounds:{left:.038439807122511785,bottom:-.030073418674698794,right:.6251344116274882,top:.7410109186746989},atlasBounds:{left:344.5,bottom:144.5,right:379.5,top:190.5}},{unicode:68,advance:.65576171875,planeBounds:{left:.06301501010836826,bottom:-.02169206718177056,right:.6161842086416317,top:.7326295671817705},atlasBounds:{left:162.5,bottom:51.5,right:195.5,top:96.5}},{unicode:69,advance:.568359375,planeBounds:{left:.0652904160800812,bottom:-.02169206718177056,right:.5514088026699189,top:.7326295671817705},atlasBounds:{left:132.5,bottom:51.5,right:161.5,top:96.5}},{unicode:70,advance:.552734375,planeBounds:{left:.059675181705081196,bottom:-.02169206718177056,right:.5457935682949189,top:.7326295671817705},atlasBounds:{left:102.5,bottom:51.5,right:131.5,top:96.5}},{unicode:71,advance:.68115234375,planeBounds:{left:.040148791497511785,bottom:-.030073418674698794,right:.6268433960024882,top:.7410109186746989},atlasBounds:{left:380.5,bottom:144.5,right:415.5,top:190.5}},{unicode:72,advance:.712890625,planeBounds:{left:.062365588372511785,bottom:-.02169206718177056,right:.6490601928774882,top:.7326295671817705},atlasBounds:{left:30.5,bottom:51.5,right:65.5,top:96.5}},{unicode:73,advance:.27197265625,planeBounds:{left:.06917965680657412,bottom:-.02169206718177056,right:.20328128069342588,top:.7326295671817705},atlasBounds:{left:196.5,bottom:51.5,right:204.5,top:96.5}},{unicode:74,advance:.5517578125,planeBounds:{left:.007184947330081194,bottom:-.02657487968177056,right:.4933033339199188,top:.7277467546817705},atlasBounds:{left:.5,bottom:51.5,right:29.5,top:96.5}},{unicode:75,advance:.626953125,planeBounds:{left:.061633166497511785,bottom:-.02169206718177056,right:.6483277710024882,top:.7326295671817705},atlasBounds:{left:452.5,bottom:97.5,right:487.5,top:142.5}},{unicode:76,advance:.5380859375,planeBounds:{left:.06341786132300943,bottom:-.02169206718177056,right:.5327735449269906,top:.7326295671817705},atlasBounds:{left:423.5,bottom:97.5,right:451.5,top:142.5}},{unicode:77,advance:.873046875,planeBounds:{left:.05911847969322944,bottom:-.02169206718177056,right:.8134401140567705,top:.7326295671817705},atlasBounds:{left:377.5,bottom:97.5,right:422.5,top:142.5}},{unicode:78,advance:.712890625,planeBounds:{left:.062365588372511785,bottom:-.02169206718177056,right:.6490601928774882,top:.7326295671817705},atlasBounds:{left:341.5,bottom:97.5,right:376.5,top:142.5}},{unicode:79,advance:.6875,planeBounds:{left:.033395854136655315,bottom:-.030073418674698794,right:.6536158646133446,top:.7410109186746989},atlasBounds:{left:416.5,bottom:144.5,right:453.5,top:190.5}},{unicode:80,advance:.630859375,planeBounds:{left:.061550166358368255,bottom:-.02169206718177056,right:.6147193648916317,top:.7326295671817705},atlasBounds:{left:273.5,bottom:97.5,right:306.5,top:142.5}},{unicode:81,advance:.6875,planeBounds:{left:.030466166636655315,bottom:-.14391866037519643,right:.6506861771133446,top:.7445045978751964},atlasBounds:{left:214.5,bottom:202.5,right:251.5,top:255.5}},{unicode:82,advance:.61572265625,planeBounds:{left:.06350329135836826,bottom:-.02169206718177056,right:.6166724898916317,top:.7326295671817705},atlasBounds:{left:186.5,bottom:97.5,right:219.5,top:142.5}},{unicode:83,advance:.59326171875,planeBounds:{left:.020778681983368255,bottom:-.030073418674698794,right:.5739478805166317,top:.7410109186746989},atlasBounds:{left:454.5,bottom:144.5,right:487.5,top:190.5}},{unicode:84,advance:.5966796875,planeBounds:{left:.005480822747511787,bottom:-.02169206718177056,right:.5921754272524882,top:.7326295671817705},atlasBounds:{left:112.5,bottom:97.5,right:147.5,top:142.5}},{unicode:85,advance:.6484375,planeBounds:{left:.049098994483368255,bottom:-.02657487968177056,right:.6022681930166317,top:.7277467546817705},atlasBounds:{left:78.5,bottom:97.5,right:111.5,top:142.5}},{unicode:86,advance:.63623046875,planeBounds:{left:-.008269192599201152,bottom:-.02169206718177056,right:.6454762238492011,top:.7326295671817705},atlasBounds:{left:38.5,bottom:97.5,right:77.5,top:142.5}},{unicode:87,advance:.88720703125,planeBounds:{left:.011923628617731797,bottom:-.02169206718177056,right:.8835841838822683,top:.7326295671817705},atlasBounds:{left:220.5,bottom:97.5,right:272.5,top:142.5}},{unicode:88,advance:.626953125,planeBounds:{left:.004098979136655316,bottom:-.02169206718177056,right:.6243189896133446,top:.7326295671817705},atlasBounds:{left:.5,bottom:97.5,right:37.5,top:142.5}},{unicode:89,advance:.6005859375,planeBounds:{left:-.010793598988344685,bottom:-.02169206718177056,right:.6094264114883446,top:.7326295671817705},atlasBounds:{left:148.5,bottom:97.5,right:185.5,top:142.5}},{unicode:90,advance:.5986328125,planeBounds:{left:.024196650733368255,bottom:-.02169206718177056,right:.5773658492666317,top:.7326295671817705},atlasBounds:{left:307.5,bottom:97.5,right:340.5,top:142.5}},{unicode:91,advance:.26513671875,planeBounds:{left:.05437250871693295,bottom:-.17280296457569408,right:.27228764753306706,top:.8329592145756942},atlasBounds:{left:59.5,bottom:195.5,right:72.5,top:255.5}},{unicode:92,advance:.41015625,planeBounds:{left:.0014037126767941326,bottom:-.08573505127848349,right:.4204712873232059,top:.7356373950284835},atlasBounds:{left:278.5,bottom:206.5,right:303.5,top:255.5}},{unicode:93,advance:.26513671875,planeBounds:{left:-.020659233400995285,bottom:-.17280296457569408,right:.2140186084009953,top:.8329592145756942},atlasBounds:{left:94.5,bottom:195.5,right:108.5,top:255.5}},{unicode:94,advance:.41796875,planeBounds:{left:.006855376669722368,bottom:.33229482979472236,right:.40916024833027764,top:.7345997014552776},atlasBounds:{left:486.5,bottom:231.5,right:510.5,top:255.5}},{unicode:95,advance:.451171875,planeBounds:{left:-.017473255794918804,bottom:-.09553469482549765,right:.4686451307949188,top:.021804226075497646},atlasBounds:{left:70.5,bottom:7.5,right:99.5,top:14.5}},{unicode:96,advance:.30908203125,planeBounds:{left:.00391839948107648,bottom:.5860277898277895,right:.2553589442689235,top:.7704175226722105},atlasBounds:{left:36.5,bottom:3.5,right:51.5,top:14.5}},{unicode:97,advance:.5439453125,planeBounds:{left:.028181041080081196,bottom:-.029187146002488215,right:.5142994276699189,top:.5575074585024882},atlasBounds:{left:30.5,bottom:15.5,right:59.5,top:50.5}},{unicode:98,advance:.56103515625,planeBounds:{left:.048932994205081196,bottom:-.032187684160555265,right:.5350513807949189,top:.7724220591605554},atlasBounds:{left:304.5,bottom:207.5,right:333.5,top:255.5}},{unicode:99,advance:.5234375,planeBounds:{left:.024518931705081196,bottom:-.029187146002488215,right:.5106373182949189,top:.5575074585024882},atlasBounds:{left:.5,bottom:15.5,right:29.5,top:50.5}},{unicode:100,advance:.56396484375,planeBounds:{left:.026227916080081196,bottom:-.032187684160555265,right:.5123463026699189,top:.7724220591605554},atlasBounds:{left:334.5,bottom:207.5,right:363.5,top:255.5}},{unicode:101,advance:.52978515625,planeBounds:{left:.026472056705081196,bottom:-.029187146002488215,right:.5125904432949189,top:.5575074585024882},atlasBounds:{left:468.5,bottom:61.5,right:497.5,top:96.5}},{unicode:102,advance:.34716796875,planeBounds:{left:.004575110905578838,bottom:-.022177918535555265,right:.3733545765944212,top:.7824318247855554},atlasBounds:{left:364.5,bottom:207.5,right:386.5,top:255.5}},{unicode:103,advance:.56103515625,planeBounds:{left:.026960337955081196,bottom:-.22888445766762702,right:.5130787245449189,top:.558962582667627},atlasBounds:{left:28.5,bottom:143.5,right:57.5,top:190.5}},{unicode:104,advance:.55078125,planeBounds:{left:.049826556565937666,bottom:-.01892352016762703,right:.5024195371840624,top:.768923520167627},atlasBounds:{left:.5,bottom:143.5,right:27.5,top:190.5}},{unicode:105,advance:.24267578125,planeBounds:{left:.046882289688645884,bottom:-.01680925468177056,right:.19774661656135412,top:.7375123796817705},atlasBounds:{left:498.5,bottom:145.5,right:507.5,top:190.5}},{unicode:106,advance:.23876953125,planeBounds:{left:-.048979545900995285,bottom:-.2324562772148376,right:.1856982959009953,top:.7397804959648377},atlasBounds:{left:140.5,bottom:197.5,right:154.5,top:255.5}},{unicode:107,advance:.5068359375,planeBounds:{left:.044294322330081196,bottom:-.01892352016762703,right:.5304127089199189,top:.768923520167627},atlasBounds:{left:58.5,bottom:143.5,right:87.5,top:190.5}},{unicode:108,advance:.24267578125,planeBounds:{left:.05428707868157412,bottom:-.01892352016762703,right:.18838870256842588,top:.768923520167627},atlasBounds:{left:477.5,bottom:208.5,right:485.5,top:255.5}},{unicode:109,advance:.87646484375,planeBounds:{left:.04430890170737297,bottom:-.024304333502488215,right:.832155942042627,top:.5623902710024882},atlasBounds:{left:116.5,bottom:15.5,right:163.5,top:50.5}},{unicode:110,advance:.5517578125,planeBounds:{left:.049826556565937666,bottom:-.024304333502488215,right:.5024195371840624,top:.5623902710024882},atlasBounds:{left:60.5,bottom:15.5,right:87.5,top:50.5}},{unicode:111,advance:.5703125,planeBounds:{left:.025090213094224725,bottom:-.029187146002488215,right:.5447340056557752,top:.5575074585024882},atlasBounds:{left:193.5,bottom:15.5,right:224.5,top:50.5}},{unicode:112,advance:.56103515625,planeBounds:{left:.048444712955081196,bottom:-.22644305141762702,right:.5345630995449189,top:.561403988917627},atlasBounds:{left:447.5,bottom:208.5,right:476.5,top:255.5}},{unicode:113,advance:.568359375,planeBounds:{left:.025983775455081196,bottom:-.22644305141762702,right:.5121021620449189,top:.561403988917627},atlasBounds:{left:417.5,bottom:208.5,right:446.5,top:255.5}},{unicode:114,advance:.33837890625,planeBounds:{left:.045180595002291775,bottom:-.024304333502488215,right:.34690924874770823,top:.5623902710024882},atlasBounds:{left:449.5,bottom:61.5,right:467.5,top:96.5}},{unicode:115,advance:.515625,planeBounds:{left:.021669814448009427,bottom:-.029187146002488215,right:.4910254980519906,top:.5575074585024882},atlasBounds:{left:164.5,bottom:15.5,right:192.5,top:50.5}},{unicode:116,advance:.32666015625,planeBounds:{left:-.019433670483564695,bottom:-.02877457520298586,right:.3158203892335647,top:.675258950202986},atlasBounds:{left:418.5,bottom:54.5,right:438.5,top:96.5}},{unicode:117,advance:.55126953125,planeBounds:{left:.048117572190937666,bottom:-.034069958502488215,right:.5007105528090624,top:.5526246460024882},atlasBounds:{left:88.5,bottom:15.5,right:115.5,top:50.5}},{unicode:118,advance:.484375,planeBounds:{left:-.002092396419918806,bottom:-.02080579450955998,right:.4840259901699188,top:.5491261070095601},atlasBounds:{left:331.5,bottom:16.5,right:360.5,top:50.5}},{unicode:119,advance:.75146484375,planeBounds:{left:-.002649098431770561,bottom:-.02080579450955998,right:.7516725359317705,top:.5491261070095601},atlasBounds:{left:225.5,bottom:16.5,right:270.5,top:50.5}},{unicode:120,advance:.49560546875,planeBounds:{left:-.0046143729128470395,bottom:-.02080579450955998,right:.4982667166628471,top:.5491261070095601},atlasBounds:{left:300.5,bottom:16.5,right:330.5,top:50.5}},{unicode:121,advance:.47314453125,planeBounds:{left:-.007219349544918806,bottom:-.23645281704262702,right:.4788990370449188,top:.551394223292627},atlasBounds:{left:387.5,bottom:208.5,right:416.5,top:255.5}},{unicode:122,advance:.49560546875,planeBounds:{left:.018007705073009427,bottom:-.02080579450955998,right:.4873633886769906,top:.5491261070095601},atlasBounds:{left:271.5,bottom:16.5,right:299.5,top:50.5}},{unicode:123,advance:.33837890625,planeBounds:{left:.011572188891435306,bottom:-.20234398020069408,right:.3468262486085647,top:.8034181989506942},atlasBounds:{left:73.5,bottom:195.5,right:93.5,top:255.5}},{unicode:124,advance:.24365234375,planeBounds:{left:.06315671142450235,bottom:-.15466084787519643,right:.18049563232549765,top:.7337624103751964},atlasBounds:{left:206.5,bottom:202.5,right:213.5,top:255.5}},{unicode:125,advance:.33837890625,planeBounds:{left:-.010156326733564695,bottom:-.20234398020069408,right:.3250977329835647,top:.8034181989506942},atlasBounds:{left:38.5,bottom:195.5,right:58.5,top:255.5}},{unicode:126,advance:.68017578125,planeBounds:{left:.046984728997511785,bottom:.1766063915990047,right:.6336793335024882,top:.4112842334009953},atlasBounds:{left:.5,bottom:.5,right:35.5,top:14.5}}],kerning:[]},H=Uint8Array,un=Uint16Array,dn=Int32Array,fn=new H([0,0,0,0,0,0,0,0,1,1,1,1,2,2,2,2,3,3,3,3,4,4,4,4,5,5,5,5,0,0,0,0]),pn=new H([0,0,0,0,1,1,2,2,3,3,4,4,5,5,6,6,7,7,8,8,9,9,10,10,11,11,12,12,13,13,0,0]),mn=new H([16,17,18,0,8,7,9,6,10,5,11,4,12,3,13,2,14,1,15]),hn=function(e,t){for(var n=new un(31),r=0;r<31;++r)n[r]=t+=1<<e[r-1];for(var i=new dn(n[30]),r=1;r<30;++r)for(var a=n[r];a<n[r+1];++a)i[a]=a-n[r]<<5|r;return{b:n,r:i}},gn=hn(fn,2),_n=gn.b,vn=gn.r;_n[28]=258,vn[258]=28;var yn=hn(pn,0),bn=yn.b;yn.r;for(var xn=new un(32768),U=0;U<32768;++U){var Sn=(U&43690)>>1|(U&21845)<<1;Sn=(Sn&52428)>>2|(Sn&13107)<<2,Sn=(Sn&61680)>>4|(Sn&3855)<<4,xn[U]=((Sn&65280)>>8|(Sn&255)<<8)>>1}for(var Cn=(function(e,t,n){for(var r=e.length,i=0,a=new un(t);i<r;++i)e[i]&&++a[e[i]-1];var o=new un(t);for(i=1;i<t;++i)o[i]=o[i-1]+a[i-1]<<1;var s;if(n){s=new un(1<<t);var c=15-t;for(i=0;i<r;++i)if(e[i])for(var l=i<<4|e[i],u=t-e[i],d=o[e[i]-1]++<<u,f=d|(1<<u)-1;d<=f;++d)s[xn[d]>>c]=l}else for(s=new un(r),i=0;i<r;++i)e[i]&&(s[i]=xn[o[e[i]-1]++]>>15-e[i]);return s}),wn=new H(288),U=0;U<144;++U)wn[U]=8;for(var U=144;U<256;++U)wn[U]=9;for(var U=256;U<280;++U)wn[U]=7;for(var U=280;U<288;++U)wn[U]=8;for(var Tn=new H(32),U=0;U<32;++U)Tn[U]=5;var En=Cn(wn,9,1),Dn=Cn(Tn,5,1),On=function(e){for(var t=e[0],n=1;n<e.length;++n)e[n]>t&&(t=e[n]);return t},kn=function(e,t,n){var r=t/8|0;return(e[r]|e[r+1]<<8)>>(t&7)&n},An=function(e,t){var n=t/8|0;return(e[n]|e[n+1]<<8|e[n+2]<<16)>>(t&7)},jn=function(e){return(e+7)/8|0},Mn=function(e,t,n){return(t==null||t<0)&&(t=0),(n==null||n>e.length)&&(n=e.length),new H(e.subarray(t,n))},Nn=[`unexpected EOF`,`invalid block type`,`invalid length/literal`,`invalid distance`,`stream finished`,`no stream handler`,,`no callback`,`invalid UTF-8 data`,`extra field too long`,`date not in range 1980-2099`,`filename too long`,`stream finishing`,`invalid zip data`],W=function(e,t,n){var r=Error(t||Nn[e]);if(r.code=e,Error.captureStackTrace&&Error.captureStackTrace(r,W),!n)throw r;return r},Pn=function(e,t,n,r){var i=e.length,a=r?r.length:0;if(!i||t.f&&!t.l)return n||new H(0);var o=!n,s=o||t.i!=2,c=t.i;o&&(n=new H(i*3));var l=function(e){var t=n.length;if(e>t){var r=new H(Math.max(t*2,e));r.set(n),n=r}},u=t.f||0,d=t.p||0,f=t.b||0,p=t.l,m=t.d,h=t.m,g=t.n,_=i*8;do{if(!p){u=kn(e,d,1);var v=kn(e,d+1,3);if(d+=3,!v){var y=jn(d)+4,b=e[y-4]|e[y-3]<<8,x=y+b;if(x>i){c&&W(0);break}s&&l(f+b),n.set(e.subarray(y,x),f),t.b=f+=b,t.p=d=x*8,t.f=u;continue}if(v==1)p=En,m=Dn,h=9,g=5;else if(v==2){var S=kn(e,d,31)+257,C=kn(e,d+10,15)+4,w=S+kn(e,d+5,31)+1;d+=14;for(var T=new H(w),E=new H(19),D=0;D<C;++D)E[mn[D]]=kn(e,d+D*3,7);d+=C*3;for(var O=On(E),k=(1<<O)-1,A=Cn(E,O,1),D=0;D<w;){var j=A[kn(e,d,k)];d+=j&15;var y=j>>4;if(y<16)T[D++]=y;else{var M=0,N=0;for(y==16?(N=3+kn(e,d,3),d+=2,M=T[D-1]):y==17?(N=3+kn(e,d,7),d+=3):y==18&&(N=11+kn(e,d,127),d+=7);N--;)T[D++]=M}}var P=T.subarray(0,S),ee=T.subarray(S);h=On(P),g=On(ee),p=Cn(P,h,1),m=Cn(ee,g,1)}else W(1);if(d>_){c&&W(0);break}}s&&l(f+131072);for(var te=(1<<h)-1,ne=(1<<g)-1,re=d;;re=d){var M=p[An(e,d)&te],ie=M>>4;if(d+=M&15,d>_){c&&W(0);break}if(M||W(2),ie<256)n[f++]=ie;else if(ie==256){re=d,p=null;break}else{var F=ie-254;if(ie>264){var D=ie-257,ae=fn[D];F=kn(e,d,(1<<ae)-1)+_n[D],d+=ae}var oe=m[An(e,d)&ne],se=oe>>4;oe||W(3),d+=oe&15;var ee=bn[se];if(se>3){var ae=pn[se];ee+=An(e,d)&(1<<ae)-1,d+=ae}if(d>_){c&&W(0);break}s&&l(f+131072);var ce=f+F;if(f<ee){var le=a-ee,ue=Math.min(ee,ce);for(le+f<0&&W(3);f<ue;++f)n[f]=r[le+f]}for(;f<ce;++f)n[f]=n[f-ee]}}t.l=p,t.p=re,t.b=f,t.f=u,p&&(u=1,t.m=h,t.d=m,t.n=g)}while(!u);return f!=n.length&&o?Mn(n,0,f):n.subarray(0,f)},Fn=new H(0),In=function(e){(e[0]!=31||e[1]!=139||e[2]!=8)&&W(6,`invalid gzip data`);var t=e[3],n=10;t&4&&(n+=(e[10]|e[11]<<8)+2);for(var r=(t>>3&1)+(t>>4&1);r>0;r-=!e[n++]);return n+(t&2)},Ln=function(e){var t=e.length;return(e[t-4]|e[t-3]<<8|e[t-2]<<16|e[t-1]<<24)>>>0},Rn=function(e,t){return((e[0]&15)!=8||e[0]>>4>7||(e[0]<<8|e[1])%31)&&W(6,`invalid zlib data`),(e[1]>>5&1)==+!t&&W(6,`invalid zlib data: `+(e[1]&32?`need`:`unexpected`)+` dictionary`),(e[1]>>3&4)+2},zn=function(){function e(e,t){typeof e==`function`&&(t=e,e={}),this.ondata=t;var n=e&&e.dictionary&&e.dictionary.subarray(-32768);this.s={i:0,b:n?n.length:0},this.o=new H(32768),this.p=new H(0),n&&this.o.set(n)}return e.prototype.e=function(e){if(this.ondata||W(5),this.d&&W(4),!this.p.length)this.p=e;else if(e.length){var t=new H(this.p.length+e.length);t.set(this.p),t.set(e,this.p.length),this.p=t}},e.prototype.c=function(e){this.s.i=+(this.d=e||!1);var t=this.s.b,n=Pn(this.p,this.s,this.o);this.ondata(Mn(n,t,this.s.b),this.d),this.o=Mn(n,this.s.b-32768),this.s.b=this.o.length,this.p=Mn(this.p,this.s.p/8|0),this.s.p&=7},e.prototype.push=function(e,t){this.e(e),this.c(t)},e}();function Bn(e,t){return Pn(e,{i:2},t&&t.out,t&&t.dictionary)}var Vn=function(){function e(e,t){this.v=1,this.r=0,zn.call(this,e,t)}return e.prototype.push=function(e,t){if(zn.prototype.e.call(this,e),this.r+=e.length,this.v){var n=this.p.subarray(this.v-1),r=n.length>3?In(n):4;if(r>n.length){if(!t)return}else this.v>1&&this.onmember&&this.onmember(this.r-n.length);this.p=n.subarray(r),this.v=0}zn.prototype.c.call(this,0),this.s.f&&!this.s.l?(this.v=jn(this.s.p)+9,this.s={i:0},this.o=new H(0),this.push(new H(0),t)):t&&zn.prototype.c.call(this,t)},e}();function Hn(e,t){var n=In(e);return n+8>e.length&&W(6,`invalid gzip data`),Pn(e.subarray(n,-8),{i:2},t&&t.out||new H(Ln(e)),t&&t.dictionary)}function Un(e,t){return Pn(e.subarray(Rn(e,t&&t.dictionary),-4),{i:2},t&&t.out,t&&t.dictionary)}function Wn(e,t){return e[0]==31&&e[1]==139&&e[2]==8?Hn(e,t):(e[0]&15)!=8||e[0]>>4>7||(e[0]<<8|e[1])%31?Bn(e,t):Un(e,t)}var Gn=typeof TextDecoder<`u`&&new TextDecoder;try{Gn.decode(Fn,{stream:!0})}catch{}var Kn=class{esize;ecode;edata;littleEndian;constructor(e,t,n,r){if(e%16!=0)throw Error(`This does not appear to be a NIFTI extension`);this.esize=e,this.ecode=t,this.edata=n,this.littleEndian=r}toArrayBuffer(){let e=new Uint8Array(this.esize),t=new Uint8Array(this.edata);e.set(t,8);let n=new DataView(e.buffer);return n.setInt32(0,this.esize,this.littleEndian),n.setInt32(4,this.ecode,this.littleEndian),e.buffer}},G=class e{static crcTable=null;static GUNZIP_MAGIC_COOKIE1=31;static GUNZIP_MAGIC_COOKIE2=139;static getStringAt(e,t,n){for(var r=``,i=t,a;i<n;i+=1)a=e.getUint8(i),a!==0&&(r+=String.fromCharCode(a));return r}static getByteAt=function(e,t){return e.getUint8(t)};static getShortAt=function(e,t,n){return e.getInt16(t,n)};static getIntAt(e,t,n){return e.getInt32(t,n)}static getFloatAt(e,t,n){return e.getFloat32(t,n)}static getDoubleAt(e,t,n){return e.getFloat64(t,n)}static getInt64At(e,t,n){let r=e.getUint32(t,n),i=e.getInt32(t+4,n),a;return a=n?i*2**32+r:r*2**32+i,i<0&&(a+=-1*2**32*2**32),a}static getUint64At(e,t,n){let r=e.getUint32(t+(n?0:4),n),i=e.getUint32(t+(n?4:0),n);return n?i*2**32+r:r*2**32+i}static getExtensionsAt(t,n,r,i){let a=[],o=n;for(;o<i;){let n=r,s=e.getIntAt(t,o,r);if(!s)break;if(s+o>i&&(n=!n,s=e.getIntAt(t,o,n),s+o>i))throw Error(`This does not appear to be a valid NIFTI extension`);if(s%16!=0)throw Error(`This does not appear to be a NIFTI extension`);let c=e.getIntAt(t,o+4,n),l=t.buffer.slice(o+8,o+s),u=new Kn(s,c,l,n);a.push(u),o+=s}return a}static toArrayBuffer(e){for(var t=new ArrayBuffer(e.length),n=new Uint8Array(t),r=0;r<e.length;r+=1)n[r]=e[r];return t}static isString(e){return typeof e==`string`||e instanceof String}static formatNumber(t,n=void 0){let r;return r=e.isString(t)?Number(t):t,r=n?r.toPrecision(5):r.toPrecision(7),parseFloat(r)}static makeCRCTable(){let e,t=[];for(var n=0;n<256;n++){e=n;for(var r=0;r<8;r++)e=e&1?3988292384^e>>>1:e>>>1;t[n]=e}return t}static crc32(t){e.crcTable||=e.makeCRCTable();let n=e.crcTable,r=-1;for(var i=0;i<t.byteLength;i++)r=r>>>8^n[(r^t.getUint8(i))&255];return(r^-1)>>>0}},K=class e{littleEndian=!1;dim_info=0;dims=[];intent_p1=0;intent_p2=0;intent_p3=0;intent_code=0;datatypeCode=0;numBitsPerVoxel=0;slice_start=0;slice_end=0;slice_code=0;pixDims=[];vox_offset=0;scl_slope=1;scl_inter=0;xyzt_units=0;cal_max=0;cal_min=0;slice_duration=0;toffset=0;description=``;aux_file=``;intent_name=``;qform_code=0;sform_code=0;quatern_a=0;quatern_b=0;quatern_c=0;quatern_d=0;qoffset_x=0;qoffset_y=0;qoffset_z=0;affine=[[1,0,0,0],[0,1,0,0],[0,0,1,0],[0,0,0,1]];qfac=1;quatern_R;magic=`0`;isHDR=!1;extensionFlag=[0,0,0,0];extensionSize=0;extensionCode=0;extensions=[];static TYPE_NONE=0;static TYPE_BINARY=1;static TYPE_UINT8=2;static TYPE_INT16=4;static TYPE_INT32=8;static TYPE_FLOAT32=16;static TYPE_COMPLEX64=32;static TYPE_FLOAT64=64;static TYPE_RGB24=128;static TYPE_INT8=256;static TYPE_UINT16=512;static TYPE_UINT32=768;static TYPE_INT64=1024;static TYPE_UINT64=1280;static TYPE_FLOAT128=1536;static TYPE_COMPLEX128=1792;static TYPE_COMPLEX256=2048;static XFORM_UNKNOWN=0;static XFORM_SCANNER_ANAT=1;static XFORM_ALIGNED_ANAT=2;static XFORM_TALAIRACH=3;static XFORM_MNI_152=4;static SPATIAL_UNITS_MASK=7;static TEMPORAL_UNITS_MASK=56;static UNITS_UNKNOWN=0;static UNITS_METER=1;static UNITS_MM=2;static UNITS_MICRON=3;static UNITS_SEC=8;static UNITS_MSEC=16;static UNITS_USEC=24;static UNITS_HZ=32;static UNITS_PPM=40;static UNITS_RADS=48;static MAGIC_COOKIE=348;static STANDARD_HEADER_SIZE=348;static MAGIC_NUMBER_LOCATION=344;static MAGIC_NUMBER=[110,43,49];static MAGIC_NUMBER2=[110,105,49];static EXTENSION_HEADER_SIZE=8;readHeader(t){var n=new DataView(t),r=G.getIntAt(n,0,this.littleEndian),i,a,o,s;if(r!==e.MAGIC_COOKIE&&(this.littleEndian=!0,r=G.getIntAt(n,0,this.littleEndian)),r!==e.MAGIC_COOKIE)throw Error(`This does not appear to be a NIFTI file!`);for(this.dim_info=G.getByteAt(n,39),i=0;i<8;i+=1)s=40+i*2,this.dims[i]=G.getShortAt(n,s,this.littleEndian);for(this.intent_p1=G.getFloatAt(n,56,this.littleEndian),this.intent_p2=G.getFloatAt(n,60,this.littleEndian),this.intent_p3=G.getFloatAt(n,64,this.littleEndian),this.intent_code=G.getShortAt(n,68,this.littleEndian),this.datatypeCode=G.getShortAt(n,70,this.littleEndian),this.numBitsPerVoxel=G.getShortAt(n,72,this.littleEndian),this.slice_start=G.getShortAt(n,74,this.littleEndian),i=0;i<8;i+=1)s=76+i*4,this.pixDims[i]=G.getFloatAt(n,s,this.littleEndian);if(this.vox_offset=G.getFloatAt(n,108,this.littleEndian),this.scl_slope=G.getFloatAt(n,112,this.littleEndian),this.scl_inter=G.getFloatAt(n,116,this.littleEndian),this.slice_end=G.getShortAt(n,120,this.littleEndian),this.slice_code=G.getByteAt(n,122),this.xyzt_units=G.getByteAt(n,123),this.cal_max=G.getFloatAt(n,124,this.littleEndian),this.cal_min=G.getFloatAt(n,128,this.littleEndian),this.slice_duration=G.getFloatAt(n,132,this.littleEndian),this.toffset=G.getFloatAt(n,136,this.littleEndian),this.description=G.getStringAt(n,148,228),this.aux_file=G.getStringAt(n,228,252),this.qform_code=G.getShortAt(n,252,this.littleEndian),this.sform_code=G.getShortAt(n,254,this.littleEndian),this.quatern_b=G.getFloatAt(n,256,this.littleEndian),this.quatern_c=G.getFloatAt(n,260,this.littleEndian),this.quatern_d=G.getFloatAt(n,264,this.littleEndian),this.quatern_a=Math.sqrt(1-(this.quatern_b**2+this.quatern_c**2+this.quatern_d**2)),this.qoffset_x=G.getFloatAt(n,268,this.littleEndian),this.qoffset_y=G.getFloatAt(n,272,this.littleEndian),this.qoffset_z=G.getFloatAt(n,276,this.littleEndian),this.qform_code<1&&this.sform_code<1&&(this.affine[0][0]=this.pixDims[1],this.affine[1][1]=this.pixDims[2],this.affine[2][2]=this.pixDims[3]),this.qform_code>0&&this.sform_code<this.qform_code){let e=this.quatern_a,t=this.quatern_b,n=this.quatern_c,r=this.quatern_d;for(this.qfac=this.pixDims[0]===0?1:this.pixDims[0],this.quatern_R=[[e*e+t*t-n*n-r*r,2*t*n-2*e*r,2*t*r+2*e*n],[2*t*n+2*e*r,e*e+n*n-t*t-r*r,2*n*r-2*e*t],[2*t*r-2*e*n,2*n*r+2*e*t,e*e+r*r-n*n-t*t]],a=0;a<3;a+=1)for(o=0;o<3;o+=1)this.affine[a][o]=this.quatern_R[a][o]*this.pixDims[o+1],o===2&&(this.affine[a][o]*=this.qfac);this.affine[0][3]=this.qoffset_x,this.affine[1][3]=this.qoffset_y,this.affine[2][3]=this.qoffset_z}else if(this.sform_code>0)for(a=0;a<3;a+=1)for(o=0;o<4;o+=1)s=280+(a*4+o)*4,this.affine[a][o]=G.getFloatAt(n,s,this.littleEndian);if(this.affine[3][0]=0,this.affine[3][1]=0,this.affine[3][2]=0,this.affine[3][3]=1,this.intent_name=G.getStringAt(n,328,344),this.magic=G.getStringAt(n,344,348),this.isHDR=this.magic===String.fromCharCode.apply(null,e.MAGIC_NUMBER2),n.byteLength>e.MAGIC_COOKIE){this.extensionFlag[0]=G.getByteAt(n,348),this.extensionFlag[1]=G.getByteAt(n,349),this.extensionFlag[2]=G.getByteAt(n,350),this.extensionFlag[3]=G.getByteAt(n,351);let e=!0;!this.isHDR&&this.vox_offset<=352&&(e=!1),n.byteLength<=368&&(e=!1),e&&this.extensionFlag[0]&&(this.extensions=G.getExtensionsAt(n,this.getExtensionLocation(),this.littleEndian,this.vox_offset),this.extensionSize=this.extensions[0].esize,this.extensionCode=this.extensions[0].ecode)}}toFormattedString(){var t=G.formatNumber,n=``;return n+=`Dim Info = `+this.dim_info+`
`,n+=`Image Dimensions (1-8): `+this.dims[0]+`, `+this.dims[1]+`, `+this.dims[2]+`, `+this.dims[3]+`, `+this.dims[4]+`, `+this.dims[5]+`, `+this.dims[6]+`, `+this.dims[7]+`
`,n+=`Intent Parameters (1-3): `+this.intent_p1+`, `+this.intent_p2+`, `+this.intent_p3+`
`,n+=`Intent Code = `+this.intent_code+`
`,n+=`Datatype = `+this.datatypeCode+` (`+this.getDatatypeCodeString(this.datatypeCode)+`)
`,n+=`Bits Per Voxel = `+this.numBitsPerVoxel+`
`,n+=`Slice Start = `+this.slice_start+`
`,n+=`Voxel Dimensions (1-8): `+t(this.pixDims[0])+`, `+t(this.pixDims[1])+`, `+t(this.pixDims[2])+`, `+t(this.pixDims[3])+`, `+t(this.pixDims[4])+`, `+t(this.pixDims[5])+`, `+t(this.pixDims[6])+`, `+t(this.pixDims[7])+`
`,n+=`Image Offset = `+this.vox_offset+`
`,n+=`Data Scale:  Slope = `+t(this.scl_slope)+`  Intercept = `+t(this.scl_inter)+`
`,n+=`Slice End = `+this.slice_end+`
`,n+=`Slice Code = `+this.slice_code+`
`,n+=`Units Code = `+this.xyzt_units+` (`+this.getUnitsCodeString(e.SPATIAL_UNITS_MASK&this.xyzt_units)+`, `+this.getUnitsCodeString(e.TEMPORAL_UNITS_MASK&this.xyzt_units)+`)
`,n+=`Display Range:  Max = `+t(this.cal_max)+`  Min = `+t(this.cal_min)+`
`,n+=`Slice Duration = `+this.slice_duration+`
`,n+=`Time Axis Shift = `+this.toffset+`
`,n+=`Description: "`+this.description+`"
`,n+=`Auxiliary File: "`+this.aux_file+`"
`,n+=`Q-Form Code = `+this.qform_code+` (`+this.getTransformCodeString(this.qform_code)+`)
`,n+=`S-Form Code = `+this.sform_code+` (`+this.getTransformCodeString(this.sform_code)+`)
`,n+=`Quaternion Parameters:  b = `+t(this.quatern_b)+`  c = `+t(this.quatern_c)+`  d = `+t(this.quatern_d)+`
`,n+=`Quaternion Offsets:  x = `+this.qoffset_x+`  y = `+this.qoffset_y+`  z = `+this.qoffset_z+`
`,n+=`S-Form Parameters X: `+t(this.affine[0][0])+`, `+t(this.affine[0][1])+`, `+t(this.affine[0][2])+`, `+t(this.affine[0][3])+`
`,n+=`S-Form Parameters Y: `+t(this.affine[1][0])+`, `+t(this.affine[1][1])+`, `+t(this.affine[1][2])+`, `+t(this.affine[1][3])+`
`,n+=`S-Form Parameters Z: `+t(this.affine[2][0])+`, `+t(this.affine[2][1])+`, `+t(this.affine[2][2])+`, `+t(this.affine[2][3])+`
`,n+=`Intent Name: "`+this.intent_name+`"
`,this.extensionFlag[0]&&(n+=`Extension: Size = `+this.extensionSize+`  Code = `+this.extensionCode+`
`),n}getDatatypeCodeString=function(t){return t===e.TYPE_UINT8?`1-Byte Unsigned Integer`:t===e.TYPE_INT16?`2-Byte Signed Integer`:t===e.TYPE_INT32?`4-Byte Signed Integer`:t===e.TYPE_FLOAT32?`4-Byte Float`:t===e.TYPE_FLOAT64?`8-Byte Float`:t===e.TYPE_RGB24?`RGB`:t===e.TYPE_INT8?`1-Byte Signed Integer`:t===e.TYPE_UINT16?`2-Byte Unsigned Integer`:t===e.TYPE_UINT32?`4-Byte Unsigned Integer`:t===e.TYPE_INT64?`8-Byte Signed Integer`:t===e.TYPE_UINT64?`8-Byte Unsigned Integer`:`Unknown`};getTransformCodeString=function(t){return t===e.XFORM_SCANNER_ANAT?`Scanner`:t===e.XFORM_ALIGNED_ANAT?`Aligned`:t===e.XFORM_TALAIRACH?`Talairach`:t===e.XFORM_MNI_152?`MNI`:`Unknown`};getUnitsCodeString=function(t){return t===e.UNITS_METER?`Meters`:t===e.UNITS_MM?`Millimeters`:t===e.UNITS_MICRON?`Microns`:t===e.UNITS_SEC?`Seconds`:t===e.UNITS_MSEC?`Milliseconds`:t===e.UNITS_USEC?`Microseconds`:t===e.UNITS_HZ?`Hz`:t===e.UNITS_PPM?`PPM`:t===e.UNITS_RADS?`Rads`:`Unknown`};getQformMat(){return this.convertNiftiQFormToNiftiSForm(this.quatern_b,this.quatern_c,this.quatern_d,this.qoffset_x,this.qoffset_y,this.qoffset_z,this.pixDims[1],this.pixDims[2],this.pixDims[3],this.pixDims[0])}convertNiftiQFormToNiftiSForm(e,t,n,r,i,a,o,s,c,l){var u=[[0,0,0,0],[0,0,0,0],[0,0,0,0],[0,0,0,0]],d,f=e,p=t,m=n,h,g,_;return u[3][0]=u[3][1]=u[3][2]=0,u[3][3]=1,d=1-(f*f+p*p+m*m),d<1e-7?(d=1/Math.sqrt(f*f+p*p+m*m),f*=d,p*=d,m*=d,d=0):d=Math.sqrt(d),h=o>0?o:1,g=s>0?s:1,_=c>0?c:1,l<0&&(_=-_),u[0][0]=(d*d+f*f-p*p-m*m)*h,u[0][1]=2*(f*p-d*m)*g,u[0][2]=2*(f*m+d*p)*_,u[1][0]=2*(f*p+d*m)*h,u[1][1]=(d*d+p*p-f*f-m*m)*g,u[1][2]=2*(p*m-d*f)*_,u[2][0]=2*(f*m-d*p)*h,u[2][1]=2*(p*m+d*f)*g,u[2][2]=(d*d+m*m-p*p-f*f)*_,u[0][3]=r,u[1][3]=i,u[2][3]=a,u}convertNiftiSFormToNEMA(e){var t,n,r,i,a,o,s,c,l,u,d,f,p,m,h=0,g,_,v,y,b,x,S,C,w,T,E,D=[[0,0,0],[0,0,0],[0,0,0]],O=[[0,0,0],[0,0,0],[0,0,0]],k,A,j,M,N,P;if(t=e[0][0],n=e[0][1],r=e[0][2],i=e[1][0],a=e[1][1],o=e[1][2],s=e[2][0],c=e[2][1],l=e[2][2],u=Math.sqrt(t*t+i*i+s*s),u===0||(t/=u,i/=u,s/=u,u=Math.sqrt(n*n+a*a+c*c),u===0))return null;if(n/=u,a/=u,c/=u,u=t*n+i*a+s*c,Math.abs(u)>1e-4){if(n-=u*t,a-=u*i,c-=u*s,u=Math.sqrt(n*n+a*a+c*c),u===0)return null;n/=u,a/=u,c/=u}if(u=Math.sqrt(r*r+o*o+l*l),u===0?(r=i*c-s*a,o=s*n-c*t,l=t*a-i*n):(r/=u,o/=u,l/=u),u=t*r+i*o+s*l,Math.abs(u)>1e-4){if(r-=u*t,o-=u*i,l-=u*s,u=Math.sqrt(r*r+o*o+l*l),u===0)return null;r/=u,o/=u,l/=u}if(u=n*r+a*o+c*l,Math.abs(u)>1e-4){if(r-=u*n,o-=u*a,l-=u*c,u=Math.sqrt(r*r+o*o+l*l),u===0)return null;r/=u,o/=u,l/=u}if(D[0][0]=t,D[0][1]=n,D[0][2]=r,D[1][0]=i,D[1][1]=a,D[1][2]=o,D[2][0]=s,D[2][1]=c,D[2][2]=l,d=this.nifti_mat33_determ(D),d===0)return null;for(E=-666,y=S=C=w=1,b=2,x=3,p=1;p<=3;p+=1)for(m=1;m<=3;m+=1)if(p!==m){for(h=1;h<=3;h+=1)if(p!==h&&m!==h)for(O[0][0]=O[0][1]=O[0][2]=O[1][0]=O[1][1]=O[1][2]=O[2][0]=O[2][1]=O[2][2]=0,g=-1;g<=1;g+=2)for(_=-1;_<=1;_+=2)for(v=-1;v<=1;v+=2)O[0][p-1]=g,O[1][m-1]=_,O[2][h-1]=v,f=this.nifti_mat33_determ(O),f*d>0&&(T=this.nifti_mat33_mul(O,D),u=T[0][0]+T[1][1]+T[2][2],u>E&&(E=u,y=p,b=m,x=h,S=g,C=_,w=v))}switch(k=A=j=M=N=P=``,y*S){case 1:k=`X`,M=`+`;break;case-1:k=`X`,M=`-`;break;case 2:k=`Y`,M=`+`;break;case-2:k=`Y`,M=`-`;break;case 3:k=`Z`,M=`+`;break;case-3:k=`Z`,M=`-`}switch(b*C){case 1:A=`X`,N=`+`;break;case-1:A=`X`,N=`-`;break;case 2:A=`Y`,N=`+`;break;case-2:A=`Y`,N=`-`;break;case 3:A=`Z`,N=`+`;break;case-3:A=`Z`,N=`-`}switch(x*w){case 1:j=`X`,P=`+`;break;case-1:j=`X`,P=`-`;break;case 2:j=`Y`,P=`+`;break;case-2:j=`Y`,P=`-`;break;case 3:j=`Z`,P=`+`;break;case-3:j=`Z`,P=`-`}return k+A+j+M+N+P}nifti_mat33_mul=function(e,t){for(var n=[[0,0,0],[0,0,0],[0,0,0]],r=0,i;r<3;r+=1)for(i=0;i<3;i+=1)n[r][i]=e[r][0]*t[0][i]+e[r][1]*t[1][i]+e[r][2]*t[2][i];return n};nifti_mat33_determ=function(e){var t=e[0][0],n=e[0][1],r=e[0][2],i=e[1][0],a=e[1][1],o=e[1][2],s=e[2][0],c=e[2][1],l=e[2][2];return t*a*l-t*c*o-i*n*l+i*c*r+s*n*o-s*a*r};getExtensionLocation(){return e.MAGIC_COOKIE+4}getExtensionSize(e){return G.getIntAt(e,this.getExtensionLocation(),this.littleEndian)}getExtensionCode(e){return G.getIntAt(e,this.getExtensionLocation()+4,this.littleEndian)}addExtension(e,t=-1){t==-1?this.extensions.push(e):this.extensions.splice(t,0,e),this.vox_offset+=e.esize}removeExtension(e){let t=this.extensions[e];t&&(this.vox_offset-=t.esize),this.extensions.splice(e,1)}toArrayBuffer(e=!1){let t=352;if(e)for(let e of this.extensions)t+=e.esize;let n=new Uint8Array(t),r=new DataView(n.buffer);r.setInt32(0,348,this.littleEndian),r.setUint8(39,this.dim_info);for(let e=0;e<8;e++)r.setUint16(40+2*e,this.dims[e],this.littleEndian);r.setFloat32(56,this.intent_p1,this.littleEndian),r.setFloat32(60,this.intent_p2,this.littleEndian),r.setFloat32(64,this.intent_p3,this.littleEndian),r.setInt16(68,this.intent_code,this.littleEndian),r.setInt16(70,this.datatypeCode,this.littleEndian),r.setInt16(72,this.numBitsPerVoxel,this.littleEndian),r.setInt16(74,this.slice_start,this.littleEndian);for(let e=0;e<8;e++)r.setFloat32(76+4*e,this.pixDims[e],this.littleEndian);r.setFloat32(108,this.vox_offset,this.littleEndian),r.setFloat32(112,this.scl_slope,this.littleEndian),r.setFloat32(116,this.scl_inter,this.littleEndian),r.setInt16(120,this.slice_end,this.littleEndian),r.setUint8(122,this.slice_code),r.setUint8(123,this.xyzt_units),r.setFloat32(124,this.cal_max,this.littleEndian),r.setFloat32(128,this.cal_min,this.littleEndian),r.setFloat32(132,this.slice_duration,this.littleEndian),r.setFloat32(136,this.toffset,this.littleEndian),n.set(new TextEncoder().encode(this.description),148),n.set(new TextEncoder().encode(this.aux_file),228),r.setInt16(252,this.qform_code,this.littleEndian),r.setInt16(254,this.sform_code,this.littleEndian),r.setFloat32(256,this.quatern_b,this.littleEndian),r.setFloat32(260,this.quatern_c,this.littleEndian),r.setFloat32(264,this.quatern_d,this.littleEndian),r.setFloat32(268,this.qoffset_x,this.littleEndian),r.setFloat32(272,this.qoffset_y,this.littleEndian),r.setFloat32(276,this.qoffset_z,this.littleEndian);let i=this.affine.flat();for(let e=0;e<12;e++)r.setFloat32(280+4*e,i[e],this.littleEndian);if(n.set(new TextEncoder().encode(this.intent_name),328),n.set(new TextEncoder().encode(this.magic),344),e){n.set(Uint8Array.from([1,0,0,0]),348);let e=this.getExtensionLocation();for(let t of this.extensions)r.setInt32(e,t.esize,t.littleEndian),r.setInt32(e+4,t.ecode,t.littleEndian),n.set(new Uint8Array(t.edata),e+8),e+=t.esize}else n.set(new Uint8Array(4).fill(0),348);return n.buffer}},qn=class e{littleEndian=!1;dim_info=0;dims=[];intent_p1=0;intent_p2=0;intent_p3=0;intent_code=0;datatypeCode=0;numBitsPerVoxel=0;slice_start=0;slice_end=0;slice_code=0;pixDims=[];vox_offset=0;scl_slope=1;scl_inter=0;xyzt_units=0;cal_max=0;cal_min=0;slice_duration=0;toffset=0;description=``;aux_file=``;intent_name=``;qform_code=0;sform_code=0;quatern_b=0;quatern_c=0;quatern_d=0;qoffset_x=0;qoffset_y=0;qoffset_z=0;affine=[[1,0,0,0],[0,1,0,0],[0,0,1,0],[0,0,0,1]];magic=`0`;extensionFlag=[0,0,0,0];extensions=[];extensionSize=0;extensionCode=0;static MAGIC_COOKIE=540;static MAGIC_NUMBER_LOCATION=4;static MAGIC_NUMBER=[110,43,50,0,13,10,26,10];static MAGIC_NUMBER2=[110,105,50,0,13,10,26,10];readHeader(t){var n=new DataView(t),r=G.getIntAt(n,0,this.littleEndian),i,a,o,s;if(r!==e.MAGIC_COOKIE&&(this.littleEndian=!0,r=G.getIntAt(n,0,this.littleEndian)),r!==e.MAGIC_COOKIE)throw Error(`This does not appear to be a NIFTI file!`);for(this.magic=G.getStringAt(n,4,12),this.datatypeCode=G.getShortAt(n,12,this.littleEndian),this.numBitsPerVoxel=G.getShortAt(n,14,this.littleEndian),i=0;i<8;i+=1)s=16+i*8,this.dims[i]=G.getInt64At(n,s,this.littleEndian);for(this.intent_p1=G.getDoubleAt(n,80,this.littleEndian),this.intent_p2=G.getDoubleAt(n,88,this.littleEndian),this.intent_p3=G.getDoubleAt(n,96,this.littleEndian),i=0;i<8;i+=1)s=104+i*8,this.pixDims[i]=G.getDoubleAt(n,s,this.littleEndian);for(this.vox_offset=G.getInt64At(n,168,this.littleEndian),this.scl_slope=G.getDoubleAt(n,176,this.littleEndian),this.scl_inter=G.getDoubleAt(n,184,this.littleEndian),this.cal_max=G.getDoubleAt(n,192,this.littleEndian),this.cal_min=G.getDoubleAt(n,200,this.littleEndian),this.slice_duration=G.getDoubleAt(n,208,this.littleEndian),this.toffset=G.getDoubleAt(n,216,this.littleEndian),this.slice_start=G.getInt64At(n,224,this.littleEndian),this.slice_end=G.getInt64At(n,232,this.littleEndian),this.description=G.getStringAt(n,240,320),this.aux_file=G.getStringAt(n,320,344),this.qform_code=G.getIntAt(n,344,this.littleEndian),this.sform_code=G.getIntAt(n,348,this.littleEndian),this.quatern_b=G.getDoubleAt(n,352,this.littleEndian),this.quatern_c=G.getDoubleAt(n,360,this.littleEndian),this.quatern_d=G.getDoubleAt(n,368,this.littleEndian),this.qoffset_x=G.getDoubleAt(n,376,this.littleEndian),this.qoffset_y=G.getDoubleAt(n,384,this.littleEndian),this.qoffset_z=G.getDoubleAt(n,392,this.littleEndian),a=0;a<3;a+=1)for(o=0;o<4;o+=1)s=400+(a*4+o)*8,this.affine[a][o]=G.getDoubleAt(n,s,this.littleEndian);this.affine[3][0]=0,this.affine[3][1]=0,this.affine[3][2]=0,this.affine[3][3]=1,this.slice_code=G.getIntAt(n,496,this.littleEndian),this.xyzt_units=G.getIntAt(n,500,this.littleEndian),this.intent_code=G.getIntAt(n,504,this.littleEndian),this.intent_name=G.getStringAt(n,508,524),this.dim_info=G.getByteAt(n,524),n.byteLength>e.MAGIC_COOKIE&&(this.extensionFlag[0]=G.getByteAt(n,540),this.extensionFlag[1]=G.getByteAt(n,541),this.extensionFlag[2]=G.getByteAt(n,542),this.extensionFlag[3]=G.getByteAt(n,543),this.extensionFlag[0]&&(this.extensions=G.getExtensionsAt(n,this.getExtensionLocation(),this.littleEndian,this.vox_offset),this.extensionSize=this.extensions[0].esize,this.extensionCode=this.extensions[0].ecode))}toFormattedString(){var e=G.formatNumber,t=``;return t+=`Datatype = `+ +this.datatypeCode+` (`+this.getDatatypeCodeString(this.datatypeCode)+`)
`,t+=`Bits Per Voxel =  = `+this.numBitsPerVoxel+`
`,t+=`Image Dimensions (1-8): `+this.dims[0]+`, `+this.dims[1]+`, `+this.dims[2]+`, `+this.dims[3]+`, `+this.dims[4]+`, `+this.dims[5]+`, `+this.dims[6]+`, `+this.dims[7]+`
`,t+=`Intent Parameters (1-3): `+this.intent_p1+`, `+this.intent_p2+`, `+this.intent_p3+`
`,t+=`Voxel Dimensions (1-8): `+e(this.pixDims[0])+`, `+e(this.pixDims[1])+`, `+e(this.pixDims[2])+`, `+e(this.pixDims[3])+`, `+e(this.pixDims[4])+`, `+e(this.pixDims[5])+`, `+e(this.pixDims[6])+`, `+e(this.pixDims[7])+`
`,t+=`Image Offset = `+this.vox_offset+`
`,t+=`Data Scale:  Slope = `+e(this.scl_slope)+`  Intercept = `+e(this.scl_inter)+`
`,t+=`Display Range:  Max = `+e(this.cal_max)+`  Min = `+e(this.cal_min)+`
`,t+=`Slice Duration = `+this.slice_duration+`
`,t+=`Time Axis Shift = `+this.toffset+`
`,t+=`Slice Start = `+this.slice_start+`
`,t+=`Slice End = `+this.slice_end+`
`,t+=`Description: "`+this.description+`"
`,t+=`Auxiliary File: "`+this.aux_file+`"
`,t+=`Q-Form Code = `+this.qform_code+` (`+this.getTransformCodeString(this.qform_code)+`)
`,t+=`S-Form Code = `+this.sform_code+` (`+this.getTransformCodeString(this.sform_code)+`)
`,t+=`Quaternion Parameters:  b = `+e(this.quatern_b)+`  c = `+e(this.quatern_c)+`  d = `+e(this.quatern_d)+`
`,t+=`Quaternion Offsets:  x = `+this.qoffset_x+`  y = `+this.qoffset_y+`  z = `+this.qoffset_z+`
`,t+=`S-Form Parameters X: `+e(this.affine[0][0])+`, `+e(this.affine[0][1])+`, `+e(this.affine[0][2])+`, `+e(this.affine[0][3])+`
`,t+=`S-Form Parameters Y: `+e(this.affine[1][0])+`, `+e(this.affine[1][1])+`, `+e(this.affine[1][2])+`, `+e(this.affine[1][3])+`
`,t+=`S-Form Parameters Z: `+e(this.affine[2][0])+`, `+e(this.affine[2][1])+`, `+e(this.affine[2][2])+`, `+e(this.affine[2][3])+`
`,t+=`Slice Code = `+this.slice_code+`
`,t+=`Units Code = `+this.xyzt_units+` (`+this.getUnitsCodeString(K.SPATIAL_UNITS_MASK&this.xyzt_units)+`, `+this.getUnitsCodeString(K.TEMPORAL_UNITS_MASK&this.xyzt_units)+`)
`,t+=`Intent Code = `+this.intent_code+`
`,t+=`Intent Name: "`+this.intent_name+`"
`,t+=`Dim Info = `+this.dim_info+`
`,t}getExtensionLocation=function(){return e.MAGIC_COOKIE+4};getExtensionSize=K.prototype.getExtensionSize;getExtensionCode=K.prototype.getExtensionCode;addExtension=K.prototype.addExtension;removeExtension=K.prototype.removeExtension;getDatatypeCodeString=K.prototype.getDatatypeCodeString;getTransformCodeString=K.prototype.getTransformCodeString;getUnitsCodeString=K.prototype.getUnitsCodeString;getQformMat=K.prototype.getQformMat;convertNiftiQFormToNiftiSForm=K.prototype.convertNiftiQFormToNiftiSForm;convertNiftiSFormToNEMA=K.prototype.convertNiftiSFormToNEMA;nifti_mat33_mul=K.prototype.nifti_mat33_mul;nifti_mat33_determ=K.prototype.nifti_mat33_determ;toArrayBuffer(e=!1){let t=544;if(e)for(let e of this.extensions)t+=e.esize;let n=new Uint8Array(t),r=new DataView(n.buffer);r.setInt32(0,540,this.littleEndian),n.set(new TextEncoder().encode(this.magic),4),r.setInt16(12,this.datatypeCode,this.littleEndian),r.setInt16(14,this.numBitsPerVoxel,this.littleEndian);for(let e=0;e<8;e++)r.setBigInt64(16+8*e,BigInt(this.dims[e]),this.littleEndian);r.setFloat64(80,this.intent_p1,this.littleEndian),r.setFloat64(88,this.intent_p2,this.littleEndian),r.setFloat64(96,this.intent_p3,this.littleEndian);for(let e=0;e<8;e++)r.setFloat64(104+8*e,this.pixDims[e],this.littleEndian);r.setBigInt64(168,BigInt(this.vox_offset),this.littleEndian),r.setFloat64(176,this.scl_slope,this.littleEndian),r.setFloat64(184,this.scl_inter,this.littleEndian),r.setFloat64(192,this.cal_max,this.littleEndian),r.setFloat64(200,this.cal_min,this.littleEndian),r.setFloat64(208,this.slice_duration,this.littleEndian),r.setFloat64(216,this.toffset,this.littleEndian),r.setBigInt64(224,BigInt(this.slice_start),this.littleEndian),r.setBigInt64(232,BigInt(this.slice_end),this.littleEndian),n.set(new TextEncoder().encode(this.description),240),n.set(new TextEncoder().encode(this.aux_file),320),r.setInt32(344,this.qform_code,this.littleEndian),r.setInt32(348,this.sform_code,this.littleEndian),r.setFloat64(352,this.quatern_b,this.littleEndian),r.setFloat64(360,this.quatern_c,this.littleEndian),r.setFloat64(368,this.quatern_d,this.littleEndian),r.setFloat64(376,this.qoffset_x,this.littleEndian),r.setFloat64(384,this.qoffset_y,this.littleEndian),r.setFloat64(392,this.qoffset_z,this.littleEndian);let i=this.affine.flat();for(let e=0;e<12;e++)r.setFloat64(400+8*e,i[e],this.littleEndian);if(r.setInt32(496,this.slice_code,this.littleEndian),r.setInt32(500,this.xyzt_units,this.littleEndian),r.setInt32(504,this.intent_code,this.littleEndian),n.set(new TextEncoder().encode(this.intent_name),508),r.setUint8(524,this.dim_info),e){n.set(Uint8Array.from([1,0,0,0]),540);let e=this.getExtensionLocation();for(let t of this.extensions)r.setInt32(e,t.esize,t.littleEndian),r.setInt32(e+4,t.ecode,t.littleEndian),n.set(new Uint8Array(t.edata),e+8),e+=t.esize}else n.set(new Uint8Array(4).fill(0),540);return n.buffer}};function Jn(e,t=!1){var n,r,i,a;return e.byteLength<K.STANDARD_HEADER_SIZE?!1:(n=new DataView(e),n&&(r=n.getUint8(K.MAGIC_NUMBER_LOCATION)),i=n.getUint8(K.MAGIC_NUMBER_LOCATION+1),a=n.getUint8(K.MAGIC_NUMBER_LOCATION+2),t&&r===K.MAGIC_NUMBER2[0]&&i===K.MAGIC_NUMBER2[1]&&a===K.MAGIC_NUMBER2[2]?!0:r===K.MAGIC_NUMBER[0]&&i===K.MAGIC_NUMBER[1]&&a===K.MAGIC_NUMBER[2])}function Yn(e,t=!1){var n,r,i,a;return e.byteLength<K.STANDARD_HEADER_SIZE?!1:(n=new DataView(e),r=n.getUint8(qn.MAGIC_NUMBER_LOCATION),i=n.getUint8(qn.MAGIC_NUMBER_LOCATION+1),a=n.getUint8(qn.MAGIC_NUMBER_LOCATION+2),t&&r===qn.MAGIC_NUMBER2[0]&&i===qn.MAGIC_NUMBER2[1]&&a===qn.MAGIC_NUMBER2[2]?!0:r===qn.MAGIC_NUMBER[0]&&i===qn.MAGIC_NUMBER[1]&&a===qn.MAGIC_NUMBER[2])}function Xn(e){var t,n,r;return!!(e&&(t=new DataView(e),n=t.getUint8(0),r=t.getUint8(1),n===G.GUNZIP_MAGIC_COOKIE1||r===G.GUNZIP_MAGIC_COOKIE2))}function Zn(e){return Wn(new Uint8Array(e)).buffer}async function Qn(e){let t=new Uint8Array(e),n=t[0]===31&&t[1]===139&&t[2]===8?`gzip`:t[0]===120&&(t[1]===1||t[1]===94||t[1]===156||t[1]===218)?`deflate`:`deflate-raw`,r=new DecompressionStream(n),i=r.writable.getWriter();i.write(t).catch(console.error);let a=i.close().catch(console.error),o=await new Response(r.readable).arrayBuffer();return await a,o}async function $n(e,t=1/0){let n=e=>e[0]===31&&e[1]===139&&e[2]===8?`gzip`:e[0]===120&&[1,94,156,218].includes(e[1])?`deflate`:`deflate-raw`,r=new Uint8Array(e),i=n(r),a=new DecompressionStream(i),o=new TransformStream({transform(e,t){t.enqueue(e)},flush(e){e.terminate()}}),{readable:s,writable:c}=a,l=c.getWriter(),u=s.pipeThrough(o).getReader();l.write(r).catch(e=>{e instanceof Error&&e.name===`AbortError`||console.error(`Error during write:`,e)});let d=[],f=0;try{for(;f<t;){let{done:e,value:n}=await u.read();if(e)break;let r=t-f,i=n.subarray(0,Math.min(n.length,r));if(d.push(i),f+=i.length,f>=t){await Promise.all([u.cancel().catch(()=>{}),l.abort().catch(()=>{})]);break}}}catch(e){e instanceof Error&&e.name===`AbortError`||console.error(`Error during decompression:`,e)}finally{await Promise.allSettled([u.cancel().catch(()=>{}),l.close().catch(()=>{})])}return d.length===1?d[0].buffer:d.reduce((e,t)=>{let n=new Uint8Array(e.byteLength+t.byteLength);return n.set(new Uint8Array(e),0),n.set(t,e.byteLength),n.buffer},new ArrayBuffer(0))}function er(e,t=!1){let n=null;if(Xn(e)&&(e=Zn(e)),Jn(e,t)?n=new K:Yn(e,t)&&(n=new qn),n)n.readHeader(e);else throw Error(`That file does not appear to be NIFTI!`);return n}async function tr(e,t=!1){if(!Xn(e))return er(e,t);let n=null,r=await $n(e,540),i=!0,a=!0;var o=new DataView(r);let s=o.getInt32(0,!0),c=o.getInt32(0,!1);if(s!==348){if(c===348)i=!1;else if(s===540)a=!1;else if(c===540)a=!1,i=!1;else throw Error(`That file does not appear to be NIFTI!`)}let l=Math.round(o.getFloat32(108,i));return qn&&(l=G.getUint64At(o,168,i)),l>r.byteLength&&(r=await $n(e,l)),n=a?new K:new qn,n.readHeader(r),n}function nr(e){return e.extensionFlag[0]!=0}function rr(e,t){var n=e.vox_offset,r=1,i=1;e.dims[4]&&(r=e.dims[4]),e.dims[5]&&(i=e.dims[5]);var a=e.dims[1]*e.dims[2]*e.dims[3]*r*i*(e.numBitsPerVoxel/8);return t.slice(n,n+a)}var ir=()=>{let e=new ArrayBuffer(2);return new DataView(e).setInt16(0,256,!0),new Int16Array(e)[0]===256},q=function(e){return e[e.DT_NONE=0]=`DT_NONE`,e[e.DT_BINARY=1]=`DT_BINARY`,e[e.DT_UINT8=2]=`DT_UINT8`,e[e.DT_INT16=4]=`DT_INT16`,e[e.DT_INT32=8]=`DT_INT32`,e[e.DT_FLOAT32=16]=`DT_FLOAT32`,e[e.DT_COMPLEX64=32]=`DT_COMPLEX64`,e[e.DT_FLOAT64=64]=`DT_FLOAT64`,e[e.DT_RGB24=128]=`DT_RGB24`,e[e.DT_INT8=256]=`DT_INT8`,e[e.DT_UINT16=512]=`DT_UINT16`,e[e.DT_UINT32=768]=`DT_UINT32`,e[e.DT_INT64=1024]=`DT_INT64`,e[e.DT_UINT64=1280]=`DT_UINT64`,e[e.DT_FLOAT128=1536]=`DT_FLOAT128`,e[e.DT_COMPLEX128=1792]=`DT_COMPLEX128`,e[e.DT_COMPLEX256=2048]=`DT_COMPLEX256`,e[e.DT_RGBA32=2304]=`DT_RGBA32`,e}({}),ar=function(e){return e[e.NIFTI_INTENT_LABEL=1002]=`NIFTI_INTENT_LABEL`,e[e.NIFTI_INTENT_VECTOR=1007]=`NIFTI_INTENT_VECTOR`,e[e.NIFTI_INTENT_RGB_VECTOR=2003]=`NIFTI_INTENT_RGB_VECTOR`,e}({}),J=function(e){return e[e.UNKNOWN=0]=`UNKNOWN`,e[e.NII=1]=`NII`,e[e.DCM=2]=`DCM`,e[e.DCM_MANIFEST=3]=`DCM_MANIFEST`,e[e.MIH=4]=`MIH`,e[e.MIF=5]=`MIF`,e[e.NHDR=6]=`NHDR`,e[e.NRRD=7]=`NRRD`,e[e.MHD=8]=`MHD`,e[e.MHA=9]=`MHA`,e[e.MGH=10]=`MGH`,e[e.MGZ=11]=`MGZ`,e[e.V=12]=`V`,e[e.V16=13]=`V16`,e[e.VMR=14]=`VMR`,e[e.HEAD=15]=`HEAD`,e[e.DCM_FOLDER=16]=`DCM_FOLDER`,e[e.SRC=17]=`SRC`,e[e.FIB=18]=`FIB`,e[e.BMP=19]=`BMP`,e[e.ZARR=20]=`ZARR`,e[e.NPY=21]=`NPY`,e[e.NPZ=22]=`NPZ`,e[e.HDR=23]=`HDR`,e}({}),Y=Object.freeze({...J,parse:e=>{let t=J.UNKNOWN;switch(e.toUpperCase()){case``:case`DCM`:t=J.DCM;break;case`TXT`:t=J.DCM_MANIFEST;break;case`FZ`:case`GQI`:case`QSDR`:case`FIB`:t=J.FIB;break;case`HDR`:case`NII`:t=J.NII;break;case`MIH`:t=J.MIH;break;case`MIF`:t=J.MIF;break;case`NHDR`:t=J.NHDR;break;case`NRRD`:t=J.NRRD;break;case`MHD`:t=J.MHD;break;case`MHA`:t=J.MHA;break;case`MGH`:t=J.MGH;break;case`MGZ`:t=J.MGZ;break;case`NPY`:t=J.NPY;break;case`NPZ`:t=J.NPZ;break;case`SRC`:t=J.SRC;break;case`V`:t=J.V;break;case`V16`:t=J.V16;break;case`VMR`:t=J.VMR;break;case`HEAD`:t=J.HEAD;break;case`PNG`:case`BMP`:case`GIF`:case`JPG`:case`JPEG`:t=J.BMP;break;case`ZARR`:t=J.ZARR}return t}}),or=(e,t=``,n=``,r=`gray`,i=1,a=NaN,o=NaN,s=!0,c=.02,l=!1,u=!1,d=``,f=0,p=Y.UNKNOWN,m=NaN,h=NaN,g=!0,_=!1,v=null)=>({url:e,urlImageData:t,name:n,colormap:r,colorMap:r,opacity:i,cal_min:a,cal_max:o,trustCalMinMax:s,percentileFrac:c,ignoreZeroVoxels:l,useQFormNotSForm:u,colormapNegative:d,imageType:p,cal_minNeg:m,cal_maxNeg:h,colorbarVisible:g,frame4D:f,alphaThreshold:_,colormapLabel:v});function sr(e,t=80){e=e.replace(/[`$]/g,``);let n=[],r=Math.min(t,e.length);for(let t=0;t<r;t++){let r=e.charCodeAt(t);n.push(r&255)}return n}function cr(e,t=!1,n=!1){let r=!0;n&&(r=e.littleEndian);let i=new Uint8Array(348),a=new DataView(i.buffer);a.setInt32(0,348,r),a.setUint8(38,114),a.setUint8(39,e.dim_info);for(let t=0;t<8;t++)a.setUint16(40+2*t,e.dims[t],r);a.setFloat32(56,e.intent_p1,r),a.setFloat32(60,e.intent_p2,r),a.setFloat32(64,e.intent_p3,r),a.setInt16(68,e.intent_code,r),t?(a.setInt16(70,2,r),a.setInt16(72,8,r)):(a.setInt16(70,e.datatypeCode,r),a.setInt16(72,e.numBitsPerVoxel,r)),a.setInt16(74,e.slice_start,r);for(let t=0;t<8;t++)a.setFloat32(76+4*t,e.pixDims[t],r);t?(a.setFloat32(108,352,r),a.setFloat32(112,1,r),a.setFloat32(116,0,r)):(a.setFloat32(108,e.vox_offset,r),a.setFloat32(112,e.scl_slope,r),a.setFloat32(116,e.scl_inter,r)),a.setInt16(120,e.slice_end,r),a.setUint8(122,e.slice_code),e.xyzt_units===0?a.setUint8(123,10):a.setUint8(123,e.xyzt_units),t?(a.setFloat32(124,0,r),a.setFloat32(128,0,r)):(a.setFloat32(124,e.cal_max,r),a.setFloat32(128,e.cal_min,r)),a.setFloat32(132,e.slice_duration,r),a.setFloat32(136,e.toffset,r),i.set(sr(e.description),148),i.set(sr(e.aux_file),228),a.setInt16(252,e.qform_code,r),e.sform_code<1||e.sform_code<1?a.setInt16(254,1,r):a.setInt16(254,e.sform_code,r),a.setFloat32(256,e.quatern_b,r),a.setFloat32(260,e.quatern_c,r),a.setFloat32(264,e.quatern_d,r),a.setFloat32(268,e.qoffset_x,r),a.setFloat32(272,e.qoffset_y,r),a.setFloat32(276,e.qoffset_z,r);let o=e.affine.flat();for(let e=0;e<12;e++)a.setFloat32(280+4*e,o[e],r);return a.setInt32(344,3222382,!0),i}function lr(e,t=!0){let n=Math.round(e.length/3),r=j(0,0,0),i=O(),a=O(),o=0,s=1;t&&(s=2);for(let t=0;t<s;t++){o=0;for(let t=0;t<n;t++){let n=j(e[t*3],e[t*3+1],e[t*3+2]);t===0&&(M(i,n),M(a,n)),ee(i,i,n),te(a,a,n),P(n,n,r);let s=fe(n);o=Math.max(o,s)}if(t+1>=s)break;let c=!0;for(let e=0;e<3;++e)i[e]>r[e]&&(c=!1),a[e]<r[e]&&(c=!1);if(c)break;se(r,i,a,.5),R.debug(`origin moved inside volume: `,r)}return{min:[i[0],i[1],i[2]],max:[a[0],a[1],a[2]],furthestVertexFromOrigin:o,origin:r}}function ur(e){let t=[!1,!1,!1,!1],n=[!1,!1,!1,!1];for(let t=0;t<4;t++)for(let n=0;n<4;n++)if(isNaN(e[t][n]))return!1;for(let r=0;r<3;r++)for(let i=0;i<3;i++)e[r][i]!==0&&(t[r]=!0,n[i]=!0);for(let e=0;e<3;e++)if(!t[e]||!n[e])return!1;return!0}async function dr(e){let t=e.getReader(),{done:n,value:r}=await t.read();if(n)return t.releaseLock(),new ReadableStream({start(e){e.close()}});if(!r||r.length<2)return t.releaseLock(),new ReadableStream({start(e){r&&e.enqueue(r),e.close()}});let i=r[0]===31&&r[1]===139,a=new ReadableStream({async start(e){try{for(e.enqueue(r);;){let{done:n,value:r}=await t.read();if(n){e.close(),t.releaseLock();break}e.enqueue(r)}}catch(n){e.error(n),t.releaseLock()}}});return i?a.pipeThrough(new DecompressionStream(`gzip`)):a}function fr(e=[256,256,256],t=[1,1,1],n=[1,0,0,-128,0,1,0,-128,0,0,1,-128,0,0,0,1],r=q.DT_UINT8){let i=new K;i.littleEndian=!0,i.dims=[3,1,1,1,0,0,0,0],i.dims[0]=Math.max(3,e.length);for(let t=0;t<e.length;t++)i.dims[t+1]=e[t];i.pixDims=[1,1,1,1,1,0,0,0];for(let n=0;n<e.length;n++)i.pixDims[n+1]=t[n];if(n.length===16){let e=0;for(let t=0;t<4;t++)for(let r=0;r<4;r++)i.affine[t][r]=n[e],e++}let a=8;return r===q.DT_INT8||r===q.DT_UINT8?a=8:r===q.DT_UINT16||r===q.DT_INT16?a=16:r===q.DT_FLOAT32||r===q.DT_UINT32||r===q.DT_INT32||r===q.DT_RGBA32?a=32:r===q.DT_FLOAT64?a=64:R.warn(`Unsupported NIfTI datatypeCode for header creation: `+r),i.datatypeCode=r,i.numBitsPerVoxel=a,i.scl_inter=0,i.scl_slope=1,i.sform_code=2,i.magic=`n+1`,i.vox_offset=352,i}function pr(e=[256,256,256],t=[1,1,1],n=[1,0,0,-128,0,1,0,-128,0,0,1,-128,0,0,0,1],r=q.DT_UINT8,i=new Uint8Array){let a=fr(e,t,n,r),o=cr(a,!1);a.vox_offset=Math.max(352,o.length);let s=cr(a,!1);if(i.length<1)return s;let c=Math.max(0,a.vox_offset-s.length),l=new Uint8Array(c),u=new Uint8Array(i.buffer,i.byteOffset,i.byteLength),d=a.vox_offset+u.length,f=new Uint8Array(d);return f.set(s,0),f.set(l,s.length),f.set(u,a.vox_offset),f}function mr(e,t=null){if(!e.hdr)throw Error(`NVImage header is not defined for toUint8Array`);if(!e.img&&t===null)throw Error(`NVImage image data is not defined for toUint8Array`);let n=t!==null,r=JSON.parse(JSON.stringify(e.hdr)),i=e.extensions&&e.extensions.length>0,a=new Uint8Array(4);a[0]=+!!i;let o=new Uint8Array;if(i){let t=[],n=0;for(let r of e.extensions){let e=new Uint8Array(r.edata),i=new Uint8Array(8+e.length),a=new DataView(i.buffer);a.setInt32(0,r.esize,!0),a.setInt32(4,r.ecode,!0),i.set(e,8),t.push(i),n+=i.length}o=new Uint8Array(n);let r=0;for(let e of t)o.set(e,r),r+=e.length}r.vox_offset=Math.max(352,348+a.length+o.length),n&&(r.datatypeCode=q.DT_UINT8,r.numBitsPerVoxel=8,r.scl_slope=1,r.scl_inter=0);let s=cr(r,n),c;if(n){let n=t,r=e.permRAS;if(r&&(r[0]!==1||r[1]!==2||r[2]!==3)){R.debug(`Reorienting drawing bytes back to native space for saving...`);let t=e.hdr.dims,r=t[1]*t[2]*t[3],i=e.dimsRAS?e.dimsRAS[1]*e.dimsRAS[2]*e.dimsRAS[3]:r;if(n.length!==i)console.warn(`Drawing length (${n.length}) does not match expected RAS voxel count (${i}). Cannot reorient drawing reliably.`),c=n;else if(!e.img2RASstep||!e.img2RASstart||!e.dimsRAS)console.warn(`Missing RAS transformation info (img2RASstep, img2RASstart, dimsRAS). Cannot reorient drawing reliably.`),c=n;else{let t=e.img2RASstep,i=e.img2RASstart,a=e.dimsRAS,o=new Uint8Array(r);o.fill(0);let s=n,l=0;for(let e=0;e<a[3];e++){let n=i[2]+e*t[2];for(let e=0;e<a[2];e++){let c=i[1]+e*t[1];for(let e=0;e<a[1];e++){let a=i[0]+e*t[0]+c+n;a>=0&&a<r?o[a]=s[l]:l<s.length&&console.warn(`Calculated native index ${a} is out of bounds [0..${r-1}] during drawing reorientation.`),l++}}}c=o}}else c=n}else{if(!e.img)throw Error(`NVImage image data is null when trying to save non-drawing.`);c=new Uint8Array(e.img.buffer,e.img.byteOffset,e.img.byteLength)}let l=s.length+a.length+o.length,u=Math.max(0,r.vox_offset-l),d=new Uint8Array(u),f=r.vox_offset+c.length,p=new Uint8Array(f),m=0;return p.set(s,m),m+=s.length,p.set(a,m),m+=a.length,p.set(o,m),m+=o.length,p.set(d,m),m+=d.length,p.set(c,r.vox_offset),p}async function hr(e,t,n=null){let r=mr(e,n);if(t.toLowerCase().endsWith(`.gz`))try{let e=await B.compress(r,`gzip`);return new Uint8Array(e)}catch(e){return R.error(`Compression failed:`,e),R.warn(`Returning uncompressed data due to compression error.`),r}return r}async function gr(e,t=``,n=null){let r=await hr(e,t,n);if(!t)return R.debug(`saveToDisk: empty file name, returning data as Uint8Array rather than triggering download`),r;try{let e=new Blob([r.buffer],{type:`application/octet-stream`}),n=URL.createObjectURL(e),i=document.createElement(`a`);i.setAttribute(`href`,n),i.setAttribute(`download`,t),i.style.visibility=`hidden`,document.body.appendChild(i),i.click(),document.body.removeChild(i),setTimeout(()=>URL.revokeObjectURL(n),100)}catch(e){R.error(`Failed to trigger download:`,e)}return r}function _r(e,t,n,r,i=0,a=!1){if(!e.hdr)throw Error(`getValue: NVImage header is not defined.`);if(!a&&!e.img)throw Error(`getValue: NVImage image data is not defined.`);if(a&&!e.imaginary)return R.warn(`getValue: Attempted to read imaginary data, but none exists.`),[0];let o=e.hdr.dims[1],s=e.hdr.dims[2],c=e.hdr.dims[3],l=e.permRAS.slice();if(l[0]!==1||l[1]!==2||l[2]!==3){let i=I(t,n,r,1);L(i,i,e.toRASvox),t=i[0],n=i[1],r=i[2]}t=Math.max(0,Math.min(Math.round(t),o-1)),n=Math.max(0,Math.min(Math.round(n),s-1)),r=Math.max(0,Math.min(Math.round(r),c-1)),i=Math.max(0,i);let u=t+n*o+r*o*s;if(e.hdr.datatypeCode===q.DT_RGBA32)return e.img?(u*=4,u+3>=e.img.length?(R.warn(`getValue: Calculated index ${u} out of bounds for RGBA data.`),[0]):[e.img[u],e.img[u+1],e.img[u+2],e.img[u+3]]):[0];if(e.hdr.datatypeCode===q.DT_RGB24)return e.img?(u*=3,u+2>=e.img.length?(R.warn(`getValue: Calculated index ${u} out of bounds for RGB data.`),[0]):[e.img[u],e.img[u+1],e.img[u+2]]):[0];let d=o*s*c,f=i*d,p=u+f,m=a?e.imaginary:e.img;if(p<0||p>=m.length)return[0];let h=m[p],g=isNaN(e.hdr.scl_slope)||e.hdr.scl_slope===0?1:e.hdr.scl_slope,_=isNaN(e.hdr.scl_inter)?0:e.hdr.scl_inter;return[g*h+_]}function vr(e,t,n,r,i=0,a=!1){let o=_r(e,t,n,r,i,a);return o.length<3?o[0]:o[0]*.2126+o[1]*.7152+o[2]*.0722}function yr(e,t=[-1,0,0],n=[0,0,0],r=`same`){let i=[new Uint8Array,[0,0,0]];if(!e.hdr||!e.img||!e.dimsRAS||!e.img2RASstep||!e.img2RASstart)return R.error(`getVolumeData: Missing required NVImage properties (hdr, img, dimsRAS, img2RASstep/start).`),i;if(t=t.slice(0,3),n=n.slice(0,3),Math.min(...t)<0||Math.min(...n)<0)return R.warn(`getVolumeData: Invalid start or end coordinates provided.`),i;let a=e.dimsRAS.slice(1,4);for(let e=0;e<3;e++)if(t[e]=Math.max(0,Math.min(Math.round(t[e]),a[e]-1)),n[e]=Math.max(0,Math.min(Math.round(n[e]),a[e]-1)),n[e]<t[e]){let r=n[e];n[e]=t[e],t[e]=r}let o=[n[0]-t[0]+1,n[1]-t[1]+1,n[2]-t[2]+1],s=o[0]*o[1]*o[2];if(s<=0)return R.warn(`getVolumeData: Calculated slab size is zero or negative.`),i;let c=e.img.constructor;r===`uint8`?c=Uint8Array:r===`int16`?c=Int16Array:r===`uint16`?c=Uint16Array:r===`float32`||r===`scaled`||r===`normalized`||r===`windowed`?c=Float32Array:r===`float64`?c=Float64Array:r!==`same`&&R.warn(`getVolumeData: Unsupported dataType '${r}'. Using 'same'.`);let l;try{l=new c(s)}catch(e){return R.error(`getVolumeData: Failed to create output array for dataType '${r}'.`,e),i}let u=e.img2RASstep,d=e.img2RASstart,f=e.img,p=0;for(let e=t[2];e<=n[2];e++){let r=d[2]+e*u[2];for(let e=t[1];e<=n[1];e++){let i=d[1]+e*u[1];for(let e=t[0];e<=n[0];e++){let t=d[0]+e*u[0]+i+r,n=0;t>=0&&t<f.length&&(n=f[t]),l[p++]=n}}}let m=isNaN(e.hdr.scl_slope)||e.hdr.scl_slope===0?1:e.hdr.scl_slope,h=isNaN(e.hdr.scl_inter)?0:e.hdr.scl_inter;if(r===`scaled`||r===`normalized`||r===`windowed`){l instanceof Float32Array||(R.warn(`getVolumeData: Converting output to Float32 for scaling type '${r}'.`),l=Float32Array.from(l));for(let e=0;e<l.length;e++)l[e]=l[e]*m+h}if(r===`normalized`||r===`windowed`){let t=e.cal_min,n=e.cal_max;r===`normalized`&&(t=e.global_min,n=e.global_max);let i=n-t,a=i===0?0:1/i;for(let e=0;e<l.length;e++)l[e]=(l[e]-t)*a,l[e]=Math.max(0,Math.min(l[e],1))}return[l,o]}function br(e,t=[-1,0,0],n=[0,0,0],r=new Uint8Array){if(!e.hdr||!e.img||!e.dimsRAS||!e.img2RASstep||!e.img2RASstart){R.error(`setVolumeData: Missing required NVImage properties (hdr, img, dimsRAS, img2RASstep/start).`);return}if(r.length<1){R.warn(`setVolumeData: Input slabData is empty.`);return}if(t=t.slice(0,3),n=n.slice(0,3),Math.min(...t)<0||Math.min(...n)<0){R.warn(`setVolumeData: Invalid start or end coordinates provided.`);return}let i=e.dimsRAS.slice(1,4);for(let e=0;e<3;e++)if(t[e]=Math.max(0,Math.min(Math.round(t[e]),i[e]-1)),n[e]=Math.max(0,Math.min(Math.round(n[e]),i[e]-1)),n[e]<t[e]){let r=n[e];n[e]=t[e],t[e]=r}let a=[n[0]-t[0]+1,n[1]-t[1]+1,n[2]-t[2]+1],o=a[0]*a[1]*a[2];if(o<=0){R.warn(`setVolumeData: Calculated slab size is zero or negative.`);return}if(r.length<o){R.error(`setVolumeData: Input slabData length (${r.length}) is less than the calculated slab size (${o}).`);return}let s=e.img2RASstep,c=e.img2RASstart,l=e.img,u=0;for(let e=t[2];e<=n[2];e++){let i=c[2]+e*s[2];for(let e=t[1];e<=n[1];e++){let a=c[1]+e*s[1];for(let e=t[0];e<=n[0];e++){let t=c[0]+e*s[0]+a+i;t>=0&&t<l.length&&(l[t]=r[u]),u++}}}}function xr(e,t){let n=d(t);h(n,n);let r=I(e[0],e[1],e[2],1);return L(r,r,n),j(r[0],r[1],r[2])}function Sr(e){if(!e.hdr)throw Error(`hdr not defined`);let t=e.hdr.affine,n=p(t[0][0],t[0][1],t[0][2],t[0][3],t[1][0],t[1][1],t[1][2],t[1][3],t[2][0],t[2][1],t[2][2],t[2][3],t[3][0],t[3][1],t[3][2],t[3][3]),r=xr([0,0,0],n),i=xr([1,0,0],n);P(i,i,r);let a=xr([0,1,0],n);P(a,a,r);let o=xr([0,0,1],n);P(o,o,r),e.hdr.pixDims[1]=A(i),e.hdr.pixDims[2]=A(a),e.hdr.pixDims[3]=A(o)}function Cr(e,t,n,r){let i=e.hdr;if(i===null)throw Error(`HDR is not set`);i.sform_code=2;let a=`xxyyzzg`,o=-1,s=-1,c=-1,l=[`x`,`y`,`z`];l[0]=a[r[0]],l[1]=a[r[1]],l[2]=a[r[2]];let u=t.slice(0,3),d=n.slice(0,3);for(let e=0;e<3;e++)l[e]===`x`?o=e:l[e]===`y`?s=e:c=e;o<0||s<0||c<0||o!==s&&o!==c&&s!==c&&(i.pixDims[1]=Math.abs(u[0]),i.pixDims[2]=Math.abs(u[1]),i.pixDims[3]=Math.abs(u[2]),i.affine=[[1,0,0,0],[0,1,0,0],[0,0,1,0],[0,0,0,1]],i.affine[0][o]=-u[o],i.affine[1][s]=-u[s],i.affine[2][c]=u[c],i.affine[0][3]=-d[o],i.affine[1][3]=-d[s],i.affine[2][3]=d[c])}async function wr(e,t,n){e.hdr=new K;let r=e.hdr;r.dims[0]=3,r.pixDims=[1,1,1,1,1,0,0,0];let i=[0,0,0],a=[0,0,0],o=[1,1,1],s=new TextDecoder().decode(t).split(/\r?\n/),c=(t.byteLength+8)%16,l=t.byteLength+(16-c);R.debug(t.byteLength,`len`,l);let u=new ArrayBuffer(l);new Uint8Array(u).set(new Uint8Array(t));let d=new Kn(l+8,42,u,!0);r.addExtension(d),r.extensionCode=42,r.extensionFlag[0]=1,r.extensionSize=l+8;let f=s.length,p=0,m=!1;for(;p<f;){let e=s[p];if(p++,!e.startsWith(`type`))continue;let t=e.includes(`integer-attribute`),n=e.includes(`float-attribute`);if(e=s[p],p++,!e.startsWith(`name`))continue;let c=e.split(`= `),l=c[1];e=s[p],p++,c=e.split(`= `);let u=parseInt(c[1]);if(!(u<1)){if(e=s[p],p++,c=e.trim().split(/\s+/),n||t){for(;c.length<u;){e=s[p],p++;let t=e.trim().split(/\s+/);c.push(...t)}for(let e=0;e<u;e++)c[e]=parseFloat(c[e])}switch(l){case`BYTEORDER_STRING`:c[0].includes(`LSB_FIRST`)?r.littleEndian=!0:c[0].includes(`MSB_FIRST`)&&(r.littleEndian=!1);break;case`BRICK_TYPES`:{r.dims[4]=u;let e=parseInt(c[0]);e===0?(r.numBitsPerVoxel=8,r.datatypeCode=q.DT_UINT8):e===1?(r.numBitsPerVoxel=16,r.datatypeCode=q.DT_INT16):e===3?(r.numBitsPerVoxel=32,r.datatypeCode=q.DT_FLOAT32):R.warn(`Unknown BRICK_TYPES `,e)}break;case`IJK_TO_DICOM_REAL`:if(u<12)break;m=!0,r.sform_code=2,r.affine=[[-c[0],-c[1],-c[2],-c[3]],[-c[4],-c[5],-c[6],-c[7]],[c[8],c[9],c[10],c[11]],[0,0,0,1]];break;case`DATASET_DIMENSIONS`:u=Math.max(u,3);for(let e=0;e<u;e++)r.dims[e+1]=c[e];break;case`ORIENT_SPECIFIC`:i=c;break;case`ORIGIN`:a=c;break;case`DELTA`:o=c;break;case`TAXIS_FLOATS`:r.pixDims[4]=c[0];break;default:R.warn(`Unknown:`,l)}}}m?Sr(e):Cr(e,o,a,i);let h=r.numBitsPerVoxel/8*r.dims[1]*r.dims[2]*r.dims[3]*r.dims[4];if(!n)throw Error(`pairedImgData not set`);return n.byteLength<h?await B.decompressToBuffer(new Uint8Array(n)):n.slice(0)}function Tr(e,t){e.hdr=new K;let n=e.hdr;n.dims=[3,1,1,1,0,0,0,0],n.pixDims=[1,1,1,1,1,0,0,0];let r=new DataView(t);return n.dims[1]=r.getUint16(0,!0),n.dims[2]=r.getUint16(2,!0),n.dims[3]=r.getUint16(4,!0),2*n.dims[1]*n.dims[2]*n.dims[3]+6!==t.byteLength&&R.warn(`This does not look like a valid BrainVoyager V16 file`),n.numBitsPerVoxel=16,n.datatypeCode=q.DT_UINT16,R.warn(`Warning: V16 files have no spatial transforms`),n.affine=[[0,0,-n.pixDims[1],(n.dims[1]-2)*.5*n.pixDims[1]],[-n.pixDims[2],0,0,(n.dims[2]-2)*.5*n.pixDims[2]],[0,-n.pixDims[3],0,(n.dims[3]-2)*.5*n.pixDims[3]],[0,0,0,1]],n.littleEndian=!0,t.slice(6)}function Er(e,t){e.hdr=new K;let n=e.hdr;n.dims=[3,1,1,1,0,0,0,0],n.pixDims=[1,1,1,1,1,0,0,0];let r=new DataView(t),i=r.getUint16(0,!0);i!==4&&R.warn(`Not a valid version 4 VMR image`),n.dims[1]=r.getUint16(2,!0),n.dims[2]=r.getUint16(4,!0),n.dims[3]=r.getUint16(6,!0);let a=n.dims[1]*n.dims[2]*n.dims[3];if(i>=4){let e=8+a,i=r.getUint32(e+88,!0);if(e+=92,i>0){let n=t.byteLength;for(let t=0;t<i;t++){for(;e<n&&r.getUint8(e)!==0;)e++;for(e++,e+=4;e<n&&r.getUint8(e)!==0;)e++;e++;let t=r.getUint32(e,!0);e+=4;for(let n=0;n<t;n++)e+=4}}n.pixDims[1]=r.getFloat32(e+2,!0),n.pixDims[2]=r.getFloat32(e+6,!0),n.pixDims[3]=r.getFloat32(e+10,!0)}return R.warn(`Warning: VMR spatial transform not implemented`),n.affine=[[0,0,-n.pixDims[1],(n.dims[1]-2)*.5*n.pixDims[1]],[-n.pixDims[2],0,0,(n.dims[2]-2)*.5*n.pixDims[2]],[0,-n.pixDims[3],0,(n.dims[3]-2)*.5*n.pixDims[3]],[0,0,0,1]],R.debug(n),n.numBitsPerVoxel=8,n.datatypeCode=q.DT_UINT8,t.slice(8,8+a)}async function Dr(e,t){e.hdr=new K;let n=e.hdr;n.littleEndian=!1,n.dims=[3,1,1,1,0,0,0,0],n.pixDims=[1,1,1,1,1,0,0,0];let r=await B.readMatV4(t,!0);if(!(`dimension`in r)||!(`dti_fa`in r))throw Error(`Not a valid DSIstudio FIB file`);let i=`index0`in r&&`index1`in r&&`index2`in r&&`odf_vertices`in r;n.numBitsPerVoxel=32,n.datatypeCode=q.DT_FLOAT32,n.dims[1]=r.dimension[0],n.dims[2]=r.dimension[1],n.dims[3]=r.dimension[2],n.dims[4]=1,n.pixDims[1]=r.voxel_size[0],n.pixDims[2]=r.voxel_size[1],n.pixDims[3]=r.voxel_size[2],n.sform_code=1;let a=(n.dims[1]-1)*.5*n.pixDims[1],o=(n.dims[2]-1)*.5*n.pixDims[2],s=(n.dims[3]-1)*.5*n.pixDims[3];n.affine=[[n.pixDims[1],0,0,-a],[0,-n.pixDims[2],0,o],[0,0,n.pixDims[2],-s],[0,0,0,1]],n.littleEndian=!0;let c=n.dims[1]*n.dims[2]*n.dims[3],l=c*Math.ceil(n.numBitsPerVoxel/8),u=l*n.dims[4],d=new Uint8Array(new ArrayBuffer(c*4*3));if(i){let e=n.dims[1]*n.dims[2]*n.dims[3],t=new Float32Array(e),i=new Float32Array(e),a=new Float32Array(e),o=r.index0,s=r.odf_vertices;for(let n=0;n<e;n++){let e=o[n]*3;t[n]=s[e+0],i[n]=s[e+1],a[n]=-s[e+2]}d.set(new Uint8Array(t.buffer,t.byteOffset,t.byteLength),0*l),d.set(new Uint8Array(i.buffer,i.byteOffset,i.byteLength),1*l),d.set(new Uint8Array(a.buffer,a.byteOffset,a.byteLength),2*l)}`report`in r&&(n.description=new TextDecoder().decode(r.report.subarray(0,Math.min(79,r.report.byteLength))));let f=new Uint8Array(new ArrayBuffer(u)),p=Float32Array.from(r.dti_fa);if(`mask`in r){let e=1;`dti_fa_slope`in r&&(e=r.dti_fa_slope[0]);let t=1;`dti_fa_inter`in r&&(t=r.dti_fa_inter[0]);let i=n.dims[1]*n.dims[2]*n.dims[3],a=r.mask,o=new Float32Array(i),s=0;for(let n=0;n<i;n++)a[n]!==0&&(o[n]=p[s]*e+t,s++);return[o.buffer,new Float32Array(d.buffer)]}let m=new Uint8Array(p.buffer,p.byteOffset,p.byteLength);return f.set(m,0),[f.buffer,new Float32Array(d.buffer)]}async function Or(e,t){e.hdr=new K;let n=e.hdr;n.littleEndian=!1,n.dims=[3,1,1,1,0,0,0,0],n.pixDims=[1,1,1,1,1,0,0,0];let r=await B.readMatV4(t);if(!(`dimension`in r)||!(`image0`in r))throw Error(`Not a valid DSIstudio SRC file`);let i=0,a=0;for(let[e,t]of Object.entries(r))if(e.startsWith(`image`)){if(i===0?a=t.length:a!==t.length&&(a=-1),t.constructor!==Uint16Array)throw Error(`DSIstudio SRC files always use Uint16 datatype`);i++}if(a<1||i<1)throw Error(`SRC file not valid DSI Studio data. The image(s) should have the same length`);n.numBitsPerVoxel=16,n.datatypeCode=q.DT_UINT16,n.dims[1]=r.dimension[0],n.dims[2]=r.dimension[1],n.dims[3]=r.dimension[2],n.dims[4]=i,n.dims[4]>1&&(n.dims[0]=4),n.pixDims[1]=r.voxel_size[0],n.pixDims[2]=r.voxel_size[1],n.pixDims[3]=r.voxel_size[2],n.sform_code=1;let o=(n.dims[1]-1)*.5*n.pixDims[1],s=(n.dims[2]-1)*.5*n.pixDims[2],c=(n.dims[3]-1)*.5*n.pixDims[3];n.affine=[[n.pixDims[1],0,0,-o],[0,-n.pixDims[2],0,s],[0,0,n.pixDims[2],-c],[0,0,0,1]],n.littleEndian=!0;let l=n.dims[1]*n.dims[2]*n.dims[3]*(n.numBitsPerVoxel/8),u=l*n.dims[4],d=new Uint8Array(new ArrayBuffer(u)),f=0;for(let e=0;e<i;e++){let t=r[`image${e}`],n=new Uint8Array(t.buffer,t.byteOffset,t.byteLength);d.set(n,f),f+=l}return`report`in r&&(n.description=new TextDecoder().decode(r.report.subarray(0,Math.min(79,r.report.byteLength)))),d.buffer}function kr(e,t){e.hdr=new K;let n=e.hdr;n.dims=[3,1,1,1,0,0,0,0],n.pixDims=[1,1,1,1,1,0,0,0];let r=new DataView(t),i=r.getInt32(0,!1),a=r.getInt16(50,!1);if(i!==1296127058||a<1||a>14)throw Error(`Not a valid ECAT file`);let o=512,s=0,c=[],l=new Float32Array;for(;r.getInt32(o,!1)+r.getInt32(o+12,!1)===31;){let e=o+20,t=0,i=0;for(;t<31&&(i=r.getInt32(e,!1),e+=16,i!==0);){t++;let e=i*512,a=e-512,o=r.getUint16(a,!1);n.dims[1]=r.getUint16(a+4,!1),n.dims[2]=r.getUint16(a+6,!1),n.dims[3]=r.getUint16(a+8,!1);let u=r.getFloat32(a+26,!1);n.pixDims[1]=r.getFloat32(a+34,!1)*10,n.pixDims[2]=r.getFloat32(a+38,!1)*10,n.pixDims[3]=r.getFloat32(a+42,!1)*10,n.pixDims[4]=r.getUint32(a+46,!1)/1e3,c.push(n.pixDims[4]);let d=n.dims[1]*n.dims[2]*n.dims[3],f=new Float32Array(d);if(o===1)for(let t=0;t<d;t++)f[t]=r.getUint8(e)*u,e++;else if(o===6)for(let t=0;t<d;t++)f[t]=r.getUint16(e,!1)*u,e+=2;else if(o===7)for(let t=0;t<d;t++)f[t]=r.getUint32(e,!1)*u,e+=4;else R.warn(`Unknown ECAT data type `+o);let p=l.slice(0);l=new Float32Array(p.length+f.length),l.set(p),l.set(f,p.length),s++}if(i===0)break;o+=512}if(n.dims[4]=s,n.pixDims[4]=c[0],s>1){n.dims[0]=4;let e=!1;for(let t=0;t<s;t++)c[t]!==c[0]&&(e=!0);e&&R.warn(`Frame durations vary`)}return n.sform_code=1,n.affine=[[-n.pixDims[1],0,0,(n.dims[1]-2)*.5*n.pixDims[1]],[0,-n.pixDims[2],0,(n.dims[2]-2)*.5*n.pixDims[2]],[0,0,-n.pixDims[3],(n.dims[3]-2)*.5*n.pixDims[3]],[0,0,0,1]],n.numBitsPerVoxel=32,n.datatypeCode=q.DT_FLOAT32,l.buffer}async function Ar(e){return new Promise((t,n)=>{let r=new Blob([e]),i=URL.createObjectURL(r),a=new Image;a.crossOrigin=`Anonymous`,a.src=i,a.onload=()=>{URL.revokeObjectURL(i);let e=document.createElement(`canvas`);e.width=a.width,e.height=a.height;let r=e.getContext(`2d`);r?(r.drawImage(a,0,0),t(r.getImageData(0,0,a.width,a.height))):n(Error(`Failed to get 2D context`))},a.onerror=e=>{URL.revokeObjectURL(i),n(e)}})}async function jr(e,t){let{width:n,height:r,data:i}=await Ar(t);e.hdr=new K;let a=e.hdr;a.dims=[3,n,r,1,0,0,0,0],a.pixDims=[1,1,1,1,1,0,0,0],a.affine=[[a.pixDims[1],0,0,-(a.dims[1]-2)*.5*a.pixDims[1]],[0,-a.pixDims[2],0,(a.dims[2]-2)*.5*a.pixDims[2]],[0,0,-a.pixDims[3],(a.dims[3]-2)*.5*a.pixDims[3]],[0,0,0,1]],a.numBitsPerVoxel=8,a.datatypeCode=q.DT_RGBA32;let o=!0;for(let e=0;e<i.length;e+=4)if(i[e]!==i[e+1]||i[e]!==i[e+2]){o=!1;break}if(o){a.datatypeCode=q.DT_UINT8;let e=new Uint8Array(n*r);for(let t=0,n=0;t<i.length;t+=4,n++)e[n]=i[t];return e.buffer}return i.buffer}async function Mr(e,t,n){let r=t.byteLength;if(r<20)throw Error(`File too small to be VTK: bytes = `+t.byteLength);let i=new Uint8Array(t),a=0;function o(e){return e===10||e===13}function c(){for(;a<r&&o(i[a]);)a++;let e=a;for(;a<r&&!o(i[a]);)a++;return a-e<2?``:new TextDecoder().decode(t.slice(e,a))}let u=c();e.hdr=new K;let d=e.hdr;d.pixDims=[1,1,1,1,1,0,0,0],d.dims=[1,1,1,1,1,1,1,1],d.littleEndian=!0;let f=!1,p=!1,m=s(NaN,0,0,0,1,0,0,0,1),h=j(0,0,0);for(;u!==``;){let e=u.split(` `);if(e.length>2&&(e=e.slice(2)),u.startsWith(`BinaryDataByteOrderMSB`)&&e[0].includes(`False`)&&(d.littleEndian=!0),u.startsWith(`BinaryDataByteOrderMSB`)&&e[0].includes(`True`)&&(d.littleEndian=!1),u.startsWith(`CompressedData`)&&e[0].includes(`True`)&&(f=!0),u.startsWith(`TransformMatrix`))for(let t=0;t<9;t++)m[t]=parseFloat(e[t]);if(u.startsWith(`Offset`))for(let t=0;t<Math.min(e.length,3);t++)h[t]=parseFloat(e[t]);if(u.startsWith(`ElementSpacing`))for(let t=0;t<e.length;t++)d.pixDims[t+1]=parseFloat(e[t]);if(u.startsWith(`DimSize`)){d.dims[0]=e.length;for(let t=0;t<e.length;t++)d.dims[t+1]=parseInt(e[t])}if(u.startsWith(`ElementType`))switch(e[0]){case`MET_UCHAR`:d.numBitsPerVoxel=8,d.datatypeCode=q.DT_UINT8;break;case`MET_CHAR`:d.numBitsPerVoxel=8,d.datatypeCode=q.DT_INT8;break;case`MET_SHORT`:d.numBitsPerVoxel=16,d.datatypeCode=q.DT_INT16;break;case`MET_USHORT`:d.numBitsPerVoxel=16,d.datatypeCode=q.DT_UINT16;break;case`MET_INT`:d.numBitsPerVoxel=32,d.datatypeCode=q.DT_INT32;break;case`MET_UINT`:d.numBitsPerVoxel=32,d.datatypeCode=q.DT_UINT32;break;case`MET_FLOAT`:d.numBitsPerVoxel=32,d.datatypeCode=q.DT_FLOAT32;break;case`MET_DOUBLE`:d.numBitsPerVoxel=64,d.datatypeCode=q.DT_FLOAT64;break;default:throw Error(`Unsupported MHA data type: `+e[0])}if(u.startsWith(`ObjectType`)&&!e[0].includes(`Image`)&&R.warn(`Only able to read ObjectType = Image, not `+u),u.startsWith(`ElementDataFile`)){e[0]!==`LOCAL`&&(p=!0);break}u=c()}for(l(m,m,s(d.pixDims[1],0,0,0,d.pixDims[2],0,0,0,d.pixDims[3])),d.affine=[[-m[0],-m[3],-m[6],-h[0]],[-m[1],-m[4],-m[7],-h[1]],[m[2],m[5],m[8],h[2]],[0,0,0,1]];i[a]===10;)a++;return d.vox_offset=a,p&&n?f?await B.decompressToBuffer(new Uint8Array(n.slice(0))):n.slice(0):f?await B.decompressToBuffer(new Uint8Array(t.slice(d.vox_offset))):t.slice(d.vox_offset)}function Nr(e,t,n,r=1){let i=t+n,a=t,o=[];for(;a+12<=i;){let t=e.getInt32(a,!1),n=e.getInt32(a+8,!1);if(a+=12,n<=0||a+n>i)break;if(t!==r){a+=n;continue}let s=n,c=a;if(r===1){if(a+4>i)break;s=e.getInt32(a,!1),c+=4}if(s>1&&c+s<=i){let t=new Uint8Array(e.buffer,c,s),n=new TextDecoder(`utf-8`).decode(t.slice(0,-1));o.push(n)}a+=n}return o.join(`

`)}function Pr(e,t){if(e.intent_code=1002,e.datatypeCode!==q.DT_FLOAT32&&e.datatypeCode!==q.DT_INT32)return t;let n=new Float32Array(t);if(e.datatypeCode===q.DT_INT32&&(n=new Int32Array(t)),ir()){let e=new Uint32Array(t);for(let t=0;t<e.length;t++){let n=e[t];e[t]=(n&255)<<24|(n&65280)<<8|(n&16711680)>>>8|(n&4278190080)>>>24}}e.littleEndian=ir();let r=!0,i=1/0,a=-1/0;for(let e=0;e<n.length;e++){let t=n[e];Number.isFinite(t)&&(Number.isInteger(t)||(r=!1),t<i&&(i=t),t>a&&(a=t))}if(!r||i<0||a>2147483647)return R.warn(`FreeSurfer Labels must be integers in INT32 range. range ${i}..${a}`),t;if(a>32767){e.datatypeCode=q.DT_INT32;let t=new Int32Array(n.length);for(let e=0;e<n.length;e++)t[e]=Math.trunc(n[e]);return t.buffer}if(a>255){e.datatypeCode=q.DT_INT16,e.numBitsPerVoxel=16;let t=new Int16Array(n.length);for(let e=0;e<n.length;e++)t[e]=Math.trunc(n[e]);return t.buffer}{e.datatypeCode=q.DT_UINT8,e.numBitsPerVoxel=8;let t=new Uint8Array(n.length);for(let e=0;e<n.length;e++)t[e]=Math.trunc(n[e]);return t.buffer}}function Fr(e,t,n){let r=e.byteLength-t.vox_offset;if(r<n)return R.error(`MGH image data size mismatch: expected ${n}, found ${r}`),!1;if(r===n)return!1;let i=t.vox_offset+n+20,a=e.byteLength-i;return a<=12?!1:Nr(new DataView(e),i,a).toLowerCase().endsWith(`lut.txt`)?!0:Nr(new DataView(e),i,a,3).includes(`mri_label2vol`)}async function Ir(e,t,n=``){e.hdr||=(R.debug(`readMgh called before nvImage.hdr was initialized. Creating default.`),new K);let r=e.hdr;r.littleEndian=!1;let i=t,a=new DataView(i);if(i.byteLength>=2&&a.getUint8(0)===31&&a.getUint8(1)===139)try{i=await B.decompressToBuffer(new Uint8Array(t)),a=new DataView(i)}catch(e){return R.error(`Failed to decompress MGZ file.`,e),null}if(i.byteLength<284)return R.error(`File too small to be a valid MGH/MGZ header.`),null;let o=a.getInt32(0,!1),s=a.getInt32(4,!1),c=a.getInt32(8,!1),l=a.getInt32(12,!1),u=a.getInt32(16,!1),d=a.getInt32(20,!1),f=a.getFloat32(30,!1),m=a.getFloat32(34,!1),h=a.getFloat32(38,!1),g=a.getFloat32(42,!1),_=a.getFloat32(46,!1),v=a.getFloat32(50,!1),y=a.getFloat32(54,!1),b=a.getFloat32(58,!1),x=a.getFloat32(62,!1),S=a.getFloat32(66,!1),C=a.getFloat32(70,!1),w=a.getFloat32(74,!1),T=a.getFloat32(78,!1),E=a.getFloat32(82,!1),D=a.getFloat32(86,!1);if(o!==1&&o!==257&&R.warn(`Unexpected MGH version: ${o}.`),s<=0||c<=0||l<=0)return R.error(`Invalid MGH dimensions: ${s}x${c}x${l}`),null;switch(d){case 0:r.numBitsPerVoxel=8,r.datatypeCode=q.DT_UINT8;break;case 4:r.numBitsPerVoxel=16,r.datatypeCode=q.DT_INT16;break;case 1:r.numBitsPerVoxel=32,r.datatypeCode=q.DT_INT32;break;case 3:r.numBitsPerVoxel=32,r.datatypeCode=q.DT_FLOAT32;break;default:return R.error(`Unsupported MGH data type: ${d}`),null}r.dims[1]=s,r.dims[2]=c,r.dims[3]=l,r.dims[4]=Math.max(1,u),r.dims[0]=r.dims[4]>1?4:3,r.pixDims[0]=1,r.pixDims[1]=Math.abs(f),r.pixDims[2]=Math.abs(m),r.pixDims[3]=Math.abs(h),r.pixDims[4]=0,r.sform_code=1,r.qform_code=0,r.sform_code=1;let O=p(g*r.pixDims[1],y*r.pixDims[2],S*r.pixDims[3],0,_*r.pixDims[1],b*r.pixDims[2],C*r.pixDims[3],0,v*r.pixDims[1],x*r.pixDims[2],w*r.pixDims[3],0,0,0,0,1),k=[r.dims[1]/2,r.dims[2]/2,r.dims[3]/2,1],A=[0,0,0,0];for(let e=0;e<3;e++){A[e]=0;for(let t=0;t<3;t++)A[e]=A[e]+O[t+e*4]*k[t]}r.affine=[[O[0],O[1],O[2],T-A[0]],[O[4],O[5],O[6],E-A[1]],[O[8],O[9],O[10],D-A[2]],[0,0,0,1]],r.vox_offset=284,r.magic=`n+1`;let j=r.numBitsPerVoxel/8,M=s*c*l*r.dims[4]*j,N=i.slice(r.vox_offset,r.vox_offset+M),P=o===257;return P||=`aparc.DKTatlas+aseg.deep.mg,aparc+aseg.mg,aparc.DKTatlas+aseg.mg,aparc.a2005s+aseg.mg,aparc.a2009s+aseg.mg,apas+head.mg,apas+head.samseg.mg,aseg.auto.mg,aseg.auto_noCCseg.mg,aseg.mg,aseg.presurf.hypos.mg,aseg.presurf.mg,brainstemSsLabels.v13.FSvoxelSpace.mg,brainstemSsLabels.v13.mg,ctrl_pts.mg,filled.auto.mg,filled.mg,gtmseg.mg,hypothalamic_subunits_seg.v1.mg,lh.hippoAmygLabels-T1.v22.CA.FSvoxelSpace.mg,lh.hippoAmygLabels-T1.v22.CA.mg,lh.hippoAmygLabels-T1.v22.FS60.FSvoxelSpace.mg,lh.hippoAmygLabels-T1.v22.FS60.mg,lh.hippoAmygLabels-T1.v22.FSvoxelSpace.mg,lh.hippoAmygLabels-T1.v22.HBT.FSvoxelSpace.mg,lh.hippoAmygLabels-T1.v22.HBT.mg,lh.hippoAmygLabels-T1.v22.mg,lh.ribbon.mg,mca-dura.mg,rh.hippoAmygLabels-T1.v22.CA.FSvoxelSpace.mg,rh.hippoAmygLabels-T1.v22.CA.mg,rh.hippoAmygLabels-T1.v22.FS60.FSvoxelSpace.mg,rh.hippoAmygLabels-T1.v22.FS60.mg,rh.hippoAmygLabels-T1.v22.FSvoxelSpace.mg,rh.hippoAmygLabels-T1.v22.HBT.FSvoxelSpace.mg,rh.hippoAmygLabels-T1.v22.HBT.mg,rh.hippoAmygLabels-T1.v22.mg,rh.ribbon.mg,ribbon.mg,synthseg.mg,synthseg.rca.mg,vsinus.mg,subcort.mask.1mm.mg,subcort.mask.mg,surface.defects.mg,ThalamicNuclei.v13.T1.FSvoxelSpace.mg,ThalamicNuclei.v13.T1.mg,wm.asegedit.mg,wmparc.mg`.split(`,`).some(e=>n.includes(e)),P||=Fr(i,r,M),P?Pr(r,N):N}async function Lr(e,t,n){e.hdr=new K;let r=e.hdr;r.pixDims=[1,1,1,1,1,0,0,0],r.dims=[1,1,1,1,1,1,1,1];let i=t.byteLength;if(i<20)throw Error(`File too small to be MIF: bytes = `+i);let a=new Uint8Array(t);a[0]===31&&a[1]===139&&(R.debug(`MIF with GZ decompression`),t=await B.decompressToBuffer(new Uint8Array(t)),i=t.byteLength,a=new Uint8Array(t));let o=0;function s(){for(;o<i&&a[o]===10;)o++;let e=o;for(;o<i&&a[o]!==10;)o++;return o++,o-e<1?``:new TextDecoder().decode(t.slice(e,o-1))}let c=s();if(!c.startsWith(`mrtrix image`))throw Error(`Not a valid MIF file`);let l=[],u=!1,d=0,f=0,p=!1;for(c=s();o<i&&!c.startsWith(`END`);){let e=c.split(`:`);if(c=s(),e.length<2)break;let t=e[0];e=e[1].split(`,`);for(let t=0;t<e.length;t++)e[t]=e[t].trim();switch(t){case`dim`:r.dims[0]=e.length;for(let t=0;t<e.length;t++)r.dims[t+1]=parseInt(e[t]);break;case`vox`:for(let t=0;t<e.length;t++)r.pixDims[t+1]=parseFloat(e[t]),isNaN(r.pixDims[t+1])&&(r.pixDims[t+1]=0);break;case`layout`:for(let t=0;t<e.length;t++)l.push(parseInt(e[t]));break;case`datatype`:{let t=e[0];t.startsWith(`Bit`)?(u=!0,r.datatypeCode=q.DT_UINT8):t.startsWith(`Int8`)?r.datatypeCode=q.DT_INT8:t.startsWith(`UInt8`)?r.datatypeCode=q.DT_UINT8:t.startsWith(`Int16`)?r.datatypeCode=q.DT_INT16:t.startsWith(`UInt16`)?r.datatypeCode=q.DT_UINT16:t.startsWith(`Int32`)?r.datatypeCode=q.DT_INT32:t.startsWith(`UInt32`)?r.datatypeCode=q.DT_UINT32:t.startsWith(`Float32`)?r.datatypeCode=q.DT_FLOAT32:t.startsWith(`Float64`)?r.datatypeCode=q.DT_FLOAT64:R.warn(`Unsupported datatype `+t),t.includes(`8`)?r.numBitsPerVoxel=8:t.includes(`16`)?r.numBitsPerVoxel=16:t.includes(`32`)?r.numBitsPerVoxel=32:t.includes(`64`)&&(r.numBitsPerVoxel=64),r.littleEndian=!0,t.endsWith(`LE`)&&(r.littleEndian=!0),t.endsWith(`BE`)&&(r.littleEndian=!1)}break;case`transform`:if(d>2||e.length!==4)break;r.affine[d][0]=parseFloat(e[0]),r.affine[d][1]=parseFloat(e[1]),r.affine[d][2]=parseFloat(e[2]),r.affine[d][3]=parseFloat(e[3]),d++;break;case`comments`:r.description=e[0].substring(0,Math.min(79,e[0].length));break;case`RepetitionTime`:f=parseFloat(e[0]);break;case`file`:p=!e[0].startsWith(`. `),p||(e=e[0].split(` `),r.vox_offset=parseInt(e[1]))}}let m=r.dims[0];m>5&&R.warn(`reader only designed for a maximum of 5 dimensions (XYZTD)`);let h=1;for(let e=0;e<m;e++)h*=Math.max(r.dims[e+1],1);for(let e=0;e<3;e++)for(let t=0;t<3;t++)r.affine[e][t]*=r.pixDims[t+1];R.debug(`mif affine:`+r.affine[0]),f>0&&(r.pixDims[4]=f),p&&!n&&R.warn(`MIH header provided without paired image data`);let g;if(n&&p)g=n.slice(0);else if(u){r.numBitsPerVoxel=8;let e=new Uint8Array(h),n=t.slice(r.vox_offset,r.vox_offset+Math.ceil(h/8)),i=new Uint8Array(n),a=0;for(let t=0;t<h;t++){let n=t%8;e[t]=i[a]>>7-n&1,n===7&&a++}g=e.buffer}else g=t.slice(r.vox_offset,r.vox_offset+h*(r.numBitsPerVoxel/8));l.length!==r.dims[0]&&R.warn(`dims does not match layout`);let _=1,v=[1,1,1,1,1],y=[!1,!1,!1,!1,!1];for(let e=0;e<l.length;e++)for(let t=0;t<l.length;t++)Math.abs(l[t])===e&&(v[t]=_,(l[t]<0||Object.is(l[t],-0))&&(y[t]=!0),_*=r.dims[t+1]);let b=B.range(0,r.dims[1]-1,1);y[0]&&(b=B.range(r.dims[1]-1,0,-1));for(let e=0;e<r.dims[1];e++)b[e]*=v[0];let x=B.range(0,r.dims[2]-1,1);y[1]&&(x=B.range(r.dims[2]-1,0,-1));for(let e=0;e<r.dims[2];e++)x[e]*=v[1];let S=B.range(0,r.dims[3]-1,1);y[2]&&(S=B.range(r.dims[3]-1,0,-1));for(let e=0;e<r.dims[3];e++)S[e]*=v[2];let C=B.range(0,r.dims[4]-1,1);y[3]&&(C=B.range(r.dims[4]-1,0,-1));for(let e=0;e<r.dims[4];e++)C[e]*=v[3];let w=B.range(0,r.dims[5]-1,1);y[4]&&(w=B.range(r.dims[5]-1,0,-1));for(let e=0;e<r.dims[5];e++)w[e]*=v[4];let T=0,E,D;switch(r.datatypeCode){case q.DT_INT8:E=new Int8Array(g),D=new Int8Array(h);break;case q.DT_UINT8:E=new Uint8Array(g),D=new Uint8Array(h);break;case q.DT_INT16:E=new Int16Array(g),D=new Int16Array(h);break;case q.DT_UINT16:E=new Uint16Array(g),D=new Uint16Array(h);break;case q.DT_INT32:E=new Int32Array(g),D=new Int32Array(h);break;case q.DT_UINT32:E=new Uint32Array(g),D=new Uint32Array(h);break;case q.DT_FLOAT32:E=new Float32Array(g),D=new Float32Array(h);break;case q.DT_FLOAT64:E=new Float64Array(g),D=new Float64Array(h);break;default:throw Error(`unknown datatypeCode`)}for(let e=0;e<r.dims[5];e++)for(let t=0;t<r.dims[4];t++)for(let n=0;n<r.dims[3];n++)for(let i=0;i<r.dims[2];i++)for(let a=0;a<r.dims[1];a++)D[T]=E[b[a]+x[i]+S[n]+C[t]+w[e]],T++;return D.buffer}async function Rr(e,t,n){let r=t,i=null;try{if(Xn(r)&&(R.debug(`Decompressing NIfTI file: ${e.name}`),r=await Qn(r),R.debug(`Decompression complete for: ${e.name}`)),!r||r.byteLength===0)throw Error(`Buffer became invalid after decompression attempt.`);if(e.hdr=await tr(r,n!=null),nr(e.hdr)&&(e.extensions=e.hdr.extensions),e.hdr===null)throw Error(`Failed to read NIfTI header: ${e.name}`);if(e.hdr.cal_min===0&&e.hdr.cal_max===255&&e.hdr.datatypeCode!==q.DT_UINT8&&(R.debug(`Resetting suspicious cal_min/max (0/255) for non-uint8 NIfTI: ${e.name}`),e.hdr.cal_min=0,e.hdr.cal_max=0),i=n?rr(e.hdr,n):rr(e.hdr,r),i===null)throw Error(`nifti-reader-js readImage returned null for ${e.name}`);return i}catch(t){return R.error(`Error processing NIfTI file ${e.name}:`,t),e.hdr=null,null}}async function zr(e,t,n=null){e.hdr||=(R.warn(`readNrrd called before nvImage.hdr was initialized. Creating default.`),new K);let r=e.hdr;r.pixDims=[1,1,1,1,1,0,0,0],r.dims=[0,0,0,0,0,0,0,0];let i=t.byteLength,o=null,c=new Uint8Array(t);for(let e=1;e<i;e++)if(c[e-1]===10&&c[e]===10){let n=t.slice(0,e-1);o=new TextDecoder().decode(n),r.vox_offset=e+1;break}if(o===null)return R.error(`readNrrd: could not extract txt`),null;let u=o.split(`
`);if(!u[0].startsWith(`NRRD`))return R.error(`Invalid NRRD image (magic signature missing)`),null;let d=u.length,f=!1,m=!1,h=!1,g=s(NaN,0,0,0,1,0,0,0,1),_=j(0,0,0),v=a();for(let e=1;e<d;e++){let t=u[e];if((t.length===0||t[0]===`#`)&&(t.startsWith(`#`)||t.trim().length===0))continue;t=t.toLowerCase();let n=t.split(`:`);if(n.length<2)continue;let i=n[0].trim(),a=n[1].trim();switch(a=a.replaceAll(`)`,` `),a=a.replaceAll(`(`,` `),a=a.trim(),i){case`data file`:h=!0;break;case`encoding`:if(a.includes(`raw`))f=!1;else if(a.includes(`gz`))f=!0;else return R.error(`Unsupported NRRD encoding : ${a}`),null;break;case`type`:switch(a){case`uchar`:case`unsigned char`:case`uint8`:case`uint8_t`:r.numBitsPerVoxel=8,r.datatypeCode=q.DT_UINT8;break;case`signed char`:case`int8`:case`int8_t`:r.numBitsPerVoxel=8,r.datatypeCode=q.DT_INT8;break;case`short`:case`short int`:case`signed short`:case`signed short int`:case`int16`:case`int16_t`:r.numBitsPerVoxel=16,r.datatypeCode=q.DT_INT16;break;case`ushort`:case`unsigned short`:case`unsigned short int`:case`uint16`:case`uint16_t`:r.numBitsPerVoxel=16,r.datatypeCode=q.DT_UINT16;break;case`int`:case`signed int`:case`int32`:case`int32_t`:r.numBitsPerVoxel=32,r.datatypeCode=q.DT_INT32;break;case`uint`:case`unsigned int`:case`uint32`:case`uint32_t`:r.numBitsPerVoxel=32,r.datatypeCode=q.DT_UINT32;break;case`float`:r.numBitsPerVoxel=32,r.datatypeCode=q.DT_FLOAT32;break;case`double`:r.numBitsPerVoxel=64,r.datatypeCode=q.DT_FLOAT64;break;default:return R.error(`Unsupported NRRD data type: `+a),null}break;case`spacings`:{let e=a.split(/[ ,]+/);for(let t=0;t<e.length;t++)r.pixDims[t+1]=parseFloat(e[t])}break;case`sizes`:{let e=a.split(/[ ,]+/);r.dims[0]=e.length;for(let t=0;t<e.length;t++)r.dims[t+1]=parseInt(e[t])}break;case`endian`:a.includes(`little`)?r.littleEndian=!0:a.includes(`big`)&&(r.littleEndian=!1);break;case`space directions`:{let e=a.split(/[ ,]+/);if(e.length===9)for(let t=0;t<9;t++)g[t]=parseFloat(e[t])}break;case`space origin`:{let e=a.split(/[ ,]+/);e.length===3&&(_[0]=parseFloat(e[0]),_[1]=parseFloat(e[1]),_[2]=parseFloat(e[2]))}break;case`space units`:a.includes(`microns`)&&(m=!0);break;case`space`:a.includes(`right-anterior-superior`)||a.includes(`ras`)?v=s(1,0,0,0,1,0,0,0,1):a.includes(`left-anterior-superior`)||a.includes(`las`)?v=s(-1,0,0,0,1,0,0,0,1):a.includes(`left-posterior-superior`)||a.includes(`lps`)?v=s(-1,0,0,0,-1,0,0,0,1):R.warn(`Unsupported NRRD space value:`,a);break;default:R.warn(`Unknown:`,i)}}if(!isNaN(g[0])){r.sform_code=2,m&&(E(g,g,.001),_[0]*=.001,_[1]*=.001,_[2]*=.001),v[0]<0&&(_[0]=-_[0]),v[4]<0&&(_[1]=-_[1]),v[8]<0&&(_[2]=-_[2]),l(g,v,g);let t=p(g[0],g[3],g[6],_[0],g[1],g[4],g[7],_[1],g[2],g[5],g[8],_[2],0,0,0,1);if(!e.vox2mm)return null;let n=e.vox2mm([0,0,0],t),i=e.vox2mm([1,0,0],t);P(i,i,n);let a=e.vox2mm([0,1,0],t);P(a,a,n);let o=e.vox2mm([0,0,1],t);P(o,o,n),r.pixDims[0]=1,r.pixDims[1]=A(i),r.pixDims[2]=A(a),r.pixDims[3]=A(o),r.affine=[[t[0],t[1],t[2],t[3]],[t[4],t[5],t[6],t[7]],[t[8],t[9],t[10],t[11]],[0,0,0,1]]}let y=null,b=h?n:t,x=h?0:r.vox_offset;if(h&&!b)return R.warn(`Missing data: NRRD header describes detached data file but only one URL provided`),null;if(!b||x>=b.byteLength)return R.error(`NRRD data offset (${x}) invalid for buffer length (${b?.byteLength??0})`),null;let S=b.slice(x);if(f)try{R.debug(`Decompressing NRRD data...`),S=await B.decompressToBuffer(new Uint8Array(S)),R.debug(`Decompression complete.`)}catch(e){return R.error(`Failed to decompress NRRD data.`,e),null}let C=r.numBitsPerVoxel/8,w=r.dims.slice(1,r.dims[0]+1).reduce((e,t)=>e*Math.max(1,t),1)*C;return S.byteLength<w?(R.error(`NRRD image data size mismatch: expected ${w}, found ${S.byteLength}`),null):(S.byteLength>w&&(R.warn(`NRRD has extra ${S.byteLength-w} bytes after expected image data. Truncating.`),S=S.slice(0,w)),y=S,r.datatypeCode?r.numBitsPerVoxel?y:(R.error(`NRRD parsing failed to set numBitsPerVoxel.`),null):(R.error(`NRRD parsing failed to set datatypeCode.`),null))}function Br(e){if(e.length<2)throw Error(`Invalid NPY dtype: ${e}`);let t={b1:1,i1:1,u1:1,i2:2,u2:2,i4:4,u4:4,f4:4,f8:8}[e.slice(1)];if(t===void 0)throw Error(`Unsupported NPY dtype: ${e}`);return t}function Vr(e){if(e.length<2)throw Error(`Invalid NPY dtype: ${e}`);let t={b1:2,i1:256,u1:2,i2:4,u2:512,i4:8,u4:768,f4:16,f8:64}[e.slice(1)];if(t===void 0)throw Error(`Unsupported NPY dtype: ${e}`);return t}async function Hr(e,t){let n=new DataView(t),r=[n.getUint8(0),n.getUint8(1),n.getUint8(2),n.getUint8(3),n.getUint8(4),n.getUint8(5)],i=[147,78,85,77,80,89];if(!r.every((e,t)=>e===i[t]))throw Error(`Not a valid NPY file: Magic number mismatch`);let a=n.getUint8(6),o=n.getUint8(7),s,c,l;if(a===1)s=n.getUint16(8,!0),c=10,l=`latin1`;else if(a===2||a===3)s=n.getUint32(8,!0),c=12,l=a===3?`utf-8`:`latin1`;else throw Error(`Unsupported NPY version: ${a}.${o}`);let u=c+s;if(u>t.byteLength)throw Error(`Invalid NPY file: Header length exceeds buffer size`);let d=new TextDecoder(l).decode(t.slice(c,u)),f=d.match(/'shape': \((.*?)\)/);if(!f)throw Error(`Invalid NPY header: Shape not found`);let p=f[1].split(`,`).map(e=>e.trim()).filter(e=>e!==``).map(Number);if(p.length===0||p.some(e=>!Number.isInteger(e)||e<=0))throw Error(`Invalid NPY header: invalid shape (${f[1]})`);if(p.length<2||p.length>4)throw Error(`Unsupported NPY shape: expected 2D, 3D, or 4D array, got (${p.join(`, `)})`);let m=d.match(/'descr': '([^']+)'/);if(!m)throw Error(`Invalid NPY header: Data type not found`);let h=m[1],g=h[0],_=new Uint8Array(new Uint16Array([1]).buffer)[0]===1;if(![`<`,`>`,`|`,`=`].includes(g))throw Error(`Invalid NPY dtype endian prefix: ${h}`);let v=p.reduce((e,t)=>e*t,1),y=Br(h),b=v*y;if(t.byteLength-u<b)throw Error(`Invalid .npy file: not enough data bytes for specified shape and data type`);let x=t.slice(u,u+b),S=p.length,C=p[p.length-1],w=p[p.length-2],T=p.length>=3?p[p.length-3]:1,E=p.length===4?p[0]:1;e.hdr=new K;let D=e.hdr;return D.dims=[S,C,w,T,E,1,1,1],D.pixDims=[1,1,1,1,1,1,1,1],D.affine=[[D.pixDims[1],0,0,-(D.dims[1]-2)*.5*D.pixDims[1]],[0,-D.pixDims[2],0,(D.dims[2]-2)*.5*D.pixDims[2]],[0,0,-D.pixDims[3],(D.dims[3]-2)*.5*D.pixDims[3]],[0,0,0,1]],D.numBitsPerVoxel=y*8,D.datatypeCode=Vr(h),D.littleEndian=g===`<`||g===`|`||g===`=`&&_,x}async function Ur(e,t){let n=new Xt(t);for(let t=0;t<n.entries.length;t++){let r=n.entries[t];if(r.fileName.toLowerCase().endsWith(`.npy`)){let t=await r.extract();return await Hr(e,t.buffer.slice(t.byteOffset,t.byteOffset+t.byteLength))}}}function Wr(e,t,n,r){let i=t*n,a=new Uint8Array(i*r*3),o=Array(r);for(let e=0;e<r;e++)o[e]=i*3*e;let s=0,c=0;for(let t=0;t<i;t++){for(let t=0;t<r;t++)a[o[t]+c]=e[s++],a[o[t]+c+1]=e[s++],a[o[t]+c+2]=e[s++];c+=3}return a}async function Gr(e,t,n){let{width:r,height:i,depth:a=1,data:o}=n??{},s=r*i*a*3,c=s===o.length;if(c||(s=r*i*a,a===3&&(c=!0,a=1)),s!==o.length)throw Error(`Expected RGB ${r}×${i}×${a}×3 =  ${s}, but ZARR length ${o.length}`);e.hdr=new K;let l=e.hdr;if(l.dims=[3,r,i,a,1,1,1,1],l.pixDims=[1,1,1,1,0,0,0,0],l.affine=[[l.pixDims[1],0,0,-(l.dims[1]-2)*.5*l.pixDims[1]],[0,-l.pixDims[2],0,(l.dims[2]-2)*.5*l.pixDims[2]],[0,0,-l.pixDims[3],(l.dims[3]-2)*.5*l.pixDims[3]],[0,0,0,1]],!c){if(l.numBitsPerVoxel=8,l.datatypeCode=q.DT_UINT8,o instanceof Uint8Array){let e=new ArrayBuffer(o.length);return new Uint8Array(e).set(o),e}return o}l.numBitsPerVoxel=24,l.datatypeCode=q.DT_RGB24;let u=Wr(o,l.dims[1],l.dims[2],l.dims[3]),d=new ArrayBuffer(u.length);return new Uint8Array(d).set(u),d}function Kr(e,t,n){let r=d(n);h(r,r);let i=I(t[0],t[1],t[2],1);return L(i,i,r),j(i[0],i[1],i[2])}function qr(e,t,n=!1){if(!e.matRAS)throw Error(`matRAS undefined`);let r=d(e.matRAS),i=d(r);h(i,r),g(i,i);let a=I(t[0],t[1],t[2],1);L(a,a,i);let o=j(a[0],a[1],a[2]);return n?o:new Float32Array([Math.round(o[0]),Math.round(o[1]),Math.round(o[2])])}function Jr(e,t){return j((t[0]+.5)/e.dimsRAS[1],(t[1]+.5)/e.dimsRAS[2],(t[2]+.5)/e.dimsRAS[3])}function Yr(e,t){return j(Math.round(t[0]*e.dims[1]-.5),Math.round(t[1]*e.dims[2]-.5),Math.round(t[2]*e.dims[3]-.5))}function Xr(e,t,n=!1){let r=I(t[0],t[1],t[2],1);return n?L(r,r,e.frac2mm):L(r,r,e.frac2mmOrtho),r}function Zr(e,t,n=!1){let r=I(t[0],t[1],t[2],1),i=e.dimsRAS,a=j(0,0,0);if(i===void 0)return a;if(!n){let t=d(e.frac2mmOrtho);return g(t,t),L(r,r,t),a[0]=r[0],a[1]=r[1],a[2]=r[2],a}if(i[1]<1||i[2]<1||i[3]<1)return a;let o=d(e.matRAS);return g(o,o),h(o,o),L(r,r,o),a[0]=(r[0]+.5)/i[1],a[1]=(r[1]+.5)/i[2],a[2]=(r[2]+.5)/i[3],a}function Qr(e,t){return Array.isArray(e)&&Array.isArray(t)&&e.length===t.length&&e.every((e,n)=>e===t[n])}function $r(e){let t=d(e);h(t,e);let n=Math.sqrt(t[0]*t[0]+t[1]*t[1]+t[2]*t[2]),r=Math.max(Math.max(Math.abs(t[0]),Math.abs(t[1])),Math.abs(t[2]))/n,i=Math.sqrt(t[4]*t[4]+t[5]*t[5]+t[6]*t[6]),a=Math.max(Math.max(Math.abs(t[4]),Math.abs(t[5])),Math.abs(t[6]))/i,o=Math.sqrt(t[8]*t[8]+t[9]*t[9]+t[10]*t[10]),s=Math.max(Math.max(Math.abs(t[8]),Math.abs(t[9])),Math.abs(t[10]))/o,c=Math.abs(Math.acos(Math.min(Math.min(r,a),s))*180/3.141592653);return c>.01?R.warn(`Warning voxels not aligned with world space: `+c+` degrees from plumb.
`):c=0,c}function ei(e){if(!e.matRAS)throw Error(`matRAS not defined`);if(e.pixDimsRAS===void 0)throw Error(`pixDimsRAS not defined`);if(!e.dimsRAS)throw Error(`dimsRAS not defined`);e.oblique_angle=$r(e.matRAS);let t=Kr(e,[0,0,0],e.matRAS),n=Kr(e,[1/e.pixDimsRAS[1],0,0],e.matRAS),r=Kr(e,[0,1/e.pixDimsRAS[2],0],e.matRAS),i=Kr(e,[0,0,1/e.pixDimsRAS[3]],e.matRAS);P(n,n,t),P(r,r,t),P(i,i,t);let a=p(n[0],n[1],n[2],0,r[0],r[1],r[2],0,i[0],i[1],i[2],0,0,0,0,1);e.obliqueRAS=d(a);let o=Math.abs(90-le(n,r)*(180/Math.PI)),s=Math.abs(90-le(n,i)*(180/Math.PI)),c=Math.abs(90-le(r,i)*(180/Math.PI));e.maxShearDeg=Math.max(Math.max(o,s),c),e.maxShearDeg>.1&&R.warn(`Warning: voxels are rhomboidal, maximum shear is %f degrees.`,e.maxShearDeg);let l=I(e.dimsRAS[1],e.dimsRAS[2],e.dimsRAS[3],1),f=d(e.matRAS);h(f,f);let m=I(-.5,-.5,-.5,0);v(f,f,j(m[0],m[1],m[2])),f[0]*=l[0],f[1]*=l[0],f[2]*=l[0],f[4]*=l[1],f[5]*=l[1],f[6]*=l[1],f[8]*=l[2],f[9]*=l[2],f[10]*=l[2],e.frac2mm=d(f);let _=e.pixDimsRAS[1],y=e.pixDimsRAS[2],b=e.pixDimsRAS[3],x=d(f);x[0]=_*l[0],x[1]=0,x[2]=0,x[4]=0,x[5]=y*l[1],x[6]=0,x[8]=0,x[9]=0,x[10]=b*l[2];let S=qr(e,[0,0,0],!0);x[12]=(-S[0]-.5)*_,x[13]=(-S[1]-.5)*y,x[14]=(-S[2]-.5)*b,e.frac2mmOrtho=d(x),e.extentsMinOrtho=[x[12],x[13],x[14]],e.extentsMaxOrtho=[x[0]+x[12],x[5]+x[13],x[10]+x[14]],e.mm2ortho=u(),g(e.mm2ortho,a)}function ti(e){if(!e.hdr)throw Error(`hdr not set`);let t=e.hdr.affine,n=e.hdr,r=s(Math.abs(t[0][0]),Math.abs(t[0][1]),Math.abs(t[0][2]),Math.abs(t[1][0]),Math.abs(t[1][1]),Math.abs(t[1][2]),Math.abs(t[2][0]),Math.abs(t[2][1]),Math.abs(t[2][2])),i=[1,1,1];r[3]>r[0]&&(i[0]=2),r[6]>r[0]&&r[6]>r[3]&&(i[0]=3),i[1]=1,i[1]=i[0]===1?r[4]>r[7]?2:3:i[0]===2?r[1]>r[7]?1:3:r[1]>r[4]?1:2,i[2]=6-i[1]-i[0];let a=[1,2,3];a[i[0]-1]=1,a[i[1]-1]=2,a[i[2]-1]=3;let o=p(t[0][0],t[0][1],t[0][2],t[0][3],t[1][0],t[1][1],t[1][2],t[1][3],t[2][0],t[2][1],t[2][2],t[2][3],0,0,0,1);e.mm000=Kr(e,[-.5,-.5,-.5],o),e.mm100=Kr(e,[n.dims[1]-.5,-.5,-.5],o),e.mm010=Kr(e,[-.5,n.dims[2]-.5,-.5],o),e.mm001=Kr(e,[-.5,-.5,n.dims[3]-.5],o);let c=u();f(c,o);for(let e=0;e<3;e++)for(let t=0;t<3;t++)c[e*4+t]=o[e*4+a[t]-1];let l=[0,0,0];c[0]<0&&(l[0]=1),c[5]<0&&(l[1]=1),c[10]<0&&(l[2]=1),e.dimsRAS=[n.dims[0],n.dims[a[0]],n.dims[a[1]],n.dims[a[2]]],e.pixDimsRAS=[n.pixDims[0],n.pixDims[a[0]],n.pixDims[a[1]],n.pixDims[a[2]]],e.permRAS=a.slice();for(let t=0;t<3;t++)l[t]===1&&(e.permRAS[t]=-e.permRAS[t]);if(Qr(a,[1,2,3])&&Qr(l,[0,0,0])){e.toRAS=u(),e.matRAS=d(o),ei(e),e.img2RASstep=[1,e.dimsRAS[1],e.dimsRAS[1]*e.dimsRAS[2]],e.img2RASstart=[0,0,0];return}m(o),o[0]=1-l[0]*2,o[5]=1-l[1]*2,o[10]=1-l[2]*2,o[3]=(n.dims[a[0]]-1)*l[0],o[7]=(n.dims[a[1]]-1)*l[1],o[11]=(n.dims[a[2]]-1)*l[2];let h=u();g(h,o),_(h,h,c),e.matRAS=d(h),o=p(0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1),o[a[0]-1+0]=-l[0]*2+1,o[a[1]-1+4]=-l[1]*2+1,o[a[2]-1+8]=-l[2]*2+1,o[3]=l[0],o[7]=l[1],o[11]=l[2],e.toRAS=d(o),o[3]=0,o[7]=0,o[11]=0,o[12]=0,(e.permRAS[0]===-1||e.permRAS[1]===-1||e.permRAS[2]===-1)&&(o[12]=n.dims[1]-1),o[13]=0,(e.permRAS[0]===-2||e.permRAS[1]===-2||e.permRAS[2]===-2)&&(o[13]=n.dims[2]-1),o[14]=0,(e.permRAS[0]===-3||e.permRAS[1]===-3||e.permRAS[2]===-3)&&(o[14]=n.dims[3]-1),e.toRASvox=d(o),R.debug(e.hdr.dims),R.debug(e.dimsRAS);let v=e.hdr;a=e.permRAS;let y=[Math.abs(a[0]),Math.abs(a[1]),Math.abs(a[2])],b=[v.dims[y[0]],v.dims[y[1]],v.dims[y[2]]],x=[1,v.dims[1],v.dims[1]*v.dims[2]],S=[x[y[0]-1],x[y[1]-1],x[y[2]-1]],C=[0,0,0];for(let e=0;e<3;e++)a[e]<0&&(C[e]=S[e]*(b[e]-1),S[e]=-S[e]);e.img2RASstep=S,e.img2RASstart=C,ei(e)}async function ni(e,t=1){if(!e.permRAS)throw Error(`permRAS undefined`);if(!e.hdr)throw Error(`hdr undefined`);let n=await tr(cr({...e.hdr,vox_offset:352},!1).buffer,!0);t===1?(n.dims[0]=3,n.dims[4]=1):t>1&&(n.dims[0]=4,n.dims[4]=t);let r=e.permRAS.slice();if(r[0]===1&&r[1]===2&&r[2]===3)return n;n.qform_code=0;for(let t=1;t<4;t++)n.dims[t]=e.dimsRAS[t];for(let t=0;t<e.pixDimsRAS.length;t++)n.pixDims[t]=e.pixDimsRAS[t];let i=0;for(let t=0;t<4;t++)for(let r=0;r<4;r++)n.affine[t][r]=e.matRAS[i],i++;return n}function ri(e,t=0){if(!e.permRAS)throw Error(`permRAS undefined`);if(!e.img)throw Error(`img undefined`);if(!e.hdr)throw Error(`hdr undefined`);let n=e.permRAS.slice();if(n[0]===1&&n[1]===2&&n[2]===3)return e.img;let r=e.hdr,i=r.dims[1]*r.dims[2]*r.dims[3],a=t*i;(a+i>e.img.length||a<0)&&(a=0,R.warn(`img2RAS nVolume (${t}) out of bounds (${t}+1)×${i} > ${e.img.length}`));let o=e.img.slice(0,i),s=[Math.abs(n[0]),Math.abs(n[1]),Math.abs(n[2])],c=[r.dims[s[0]],r.dims[s[1]],r.dims[s[2]]],l=[1,r.dims[1],r.dims[1]*r.dims[2]],u=[l[s[0]-1],l[s[1]-1],l[s[2]-1]],d=[0,0,0];for(let e=0;e<3;e++)n[e]<0&&(d[e]=u[e]*(c[e]-1),u[e]=-u[e]);let f=0;for(let t=0;t<c[2];t++){let n=d[2]+t*u[2];for(let t=0;t<c[1];t++){let r=d[1]+t*u[1];for(let t=0;t<c[0];t++){let i=d[0]+t*u[0];o[f]=e.img[i+r+n+a],f++}}}return o}function ii(e,t){t.length!==e.nVox3D*3&&R.warn(`float32V1asRGBA() expects `+e.nVox3D*3+`voxels, got `,+t.length);let n=t.slice();e.hdr.datatypeCode=q.DT_RGBA32,e.nFrame4D=1;for(let t=4;t<7;t++)e.hdr.dims[t]=1;e.hdr.dims[0]=3;let r=new Uint8Array(e.nVox3D*4),i=1;for(let t=0;t<e.nVox3D*3;t++)isNaN(n[t])||(i=Math.max(i,Math.abs(n[t])));let a=255/i,o=e.nVox3D*2,s=0;for(let t=0;t<e.nVox3D;t++){let i=n[t],c=n[t+e.nVox3D],l=n[t+o];r[s]=Math.abs(i*a),r[s+1]=Math.abs(c*a),r[s+2]=Math.abs(l*a);let u=Number(i>0)*1,d=Number(c>0)*2,f=Number(l>0)*4,p=248+u+d+f;Math.abs(i)+Math.abs(c)+Math.abs(l)<.1&&(p=0),r[s+3]=p,s+=4}return r}function ai(e,t=!1,n=!1,r=!1){let i=e.v1;if(!i&&e.nFrame4D===3&&e.img.constructor===Float32Array&&(i=e.img.slice()),!i)return R.warn(`Image does not have V1 data`),!1;if(t)for(let t=0;t<e.nVox3D;t++)i[t]=-i[t];if(n)for(let t=e.nVox3D;t<2*e.nVox3D;t++)i[t]=-i[t];if(r)for(let t=2*e.nVox3D;t<3*e.nVox3D;t++)i[t]=-i[t];return e.img=ii(e,i),!0}function oi(e,t){if(!e.hdr)throw Error(`hdr undefined`);return e.hdr.scl_slope===0&&(e.hdr.scl_slope=1),t*e.hdr.scl_slope+e.hdr.scl_inter}function si(e,t){if(!e.hdr)throw Error(`hdr undefined`);return e.hdr.scl_slope===0&&(e.hdr.scl_slope=1),(t-e.hdr.scl_inter)/e.hdr.scl_slope}function ci(e,t=1/0,n=!0){if(!e.hdr)throw Error(`hdr undefined`);if(!e.img)throw Error(`img undefined`);let r=1/0,i=-1/0,a=0,o=0,s=e.hdr.dims[1]*e.hdr.dims[2]*e.hdr.dims[3],c=Math.floor(e.img.length/s);t>=c&&(t=e.frame4D),t=Math.min(t,c-1);let l=t*s,u=[];if(n){let t=.25,n=[Math.floor(t*e.hdr.dims[1]),Math.floor(t*e.hdr.dims[2]),Math.floor(t*e.hdr.dims[3])],r=[e.hdr.dims[1]-2*n[0],e.hdr.dims[2]-2*n[1],e.hdr.dims[3]-2*n[2]],i=[r[0]+n[0],r[1]+n[1],r[2]+n[2]];s=r[0]*r[1]*r[2],u=new e.img.constructor(s);let a=-1,o=0;for(let t=0;t<e.hdr.dims[3];t++)for(let r=0;r<e.hdr.dims[2];r++)for(let s=0;s<e.hdr.dims[1];s++)a++,s<n[0]||r<n[1]||t<n[2]||s>=i[0]||r>=i[1]||t>=i[2]||(u[o]=e.img[a+l],o++)}else{u=new e.img.constructor(s);for(let t=0;t<s;t++)u[t]=e.img[t+l]}let d=u.constructor!==Float64Array&&u.constructor!==Float32Array&&e.ignoreZeroVoxels;if(d)for(let e=0;e<s;e++)r=Math.min(u[e],r),i=Math.max(u[e],i),u[e]===0&&a++;else for(let t=0;t<s;t++)isNaN(u[t])?o++:u[t]===0&&(a++,e.ignoreZeroVoxels)||(r=Math.min(u[t],r),i=Math.max(u[t],i));e.ignoreZeroVoxels&&r===i&&a>0&&(r=0);let f=oi(e,r),p=oi(e,i),m=z.colormapFromKey(e._colormap),h=0,g=0;if(m.min!==void 0&&(h=m.min),m.max!==void 0&&(g=m.max),h===g&&e.trustCalMinMax&&isFinite(e.hdr.cal_min)&&isFinite(e.hdr.cal_max)&&e.hdr.cal_max>e.hdr.cal_min)return e.cal_min=e.hdr.cal_min,e.cal_max=e.hdr.cal_max,e.robust_min=e.cal_min,e.robust_max=e.cal_max,e.global_min=f,e.global_max=p,[e.hdr.cal_min,e.hdr.cal_max,e.hdr.cal_min,e.hdr.cal_max];if(h!==g)return e.cal_min=h,e.cal_max=g,e.robust_min=e.cal_min,e.robust_max=e.cal_max,[h,g,h,g];let _=100*a/(s-0),v=!1;_>60&&!e.ignoreZeroVoxels&&(R.warn(`${Math.round(_)}% of voxels are zero: ignoring zeros for cal_max`),v=!0,e.ignoreZeroVoxels=!0),e.ignoreZeroVoxels||(a=0),a+=o;let y=Math.round((s-0-a)*e.percentileFrac);if(y<1||r===i)return n?ci(e,t,!1):(R.debug(`no variability in image intensity?`),e.cal_min=f,e.cal_max=p,e.robust_min=e.cal_min,e.robust_max=e.cal_max,e.global_min=f,e.global_max=p,[f,p,f,p]);let b=1001,x=1e3/(i-r),S=Array(b);for(let e=0;e<b;e++)S[e]=0;if(d)for(let e=0;e<s;e++)S[Math.round((u[e]-r)*x)]++;else if(e.ignoreZeroVoxels)for(let e=0;e<s;e++)u[e]!==0&&(isNaN(u[e])||S[Math.round((u[e]-r)*x)]++);else for(let e=0;e<s;e++)isNaN(u[e])||S[Math.round((u[e]-r)*x)]++;let C=0,w=0;for(;C<y;)C+=S[w],w++;w--,C=0;let T=b;for(;C<y;)T--,C+=S[T];if(w===T){let e=-1;for(;e!==0;)w>0&&(w--,S[w]>0&&(e=0)),e!==0&&T<1e3&&(T++,S[T]>0&&(e=0)),w===0&&T===1e3&&(e=0)}let E=oi(e,w/x+r),D=oi(e,T/x+r);return e.hdr.cal_min<e.hdr.cal_max&&e.hdr.cal_min>=f&&e.hdr.cal_max<=p&&(E=e.hdr.cal_min,D=e.hdr.cal_max),v&&(E=Math.min(E,0)),e.cal_min=E,e.cal_max=D,e.hdr.intent_code===ar.NIFTI_INTENT_LABEL&&(e.cal_min=f,e.cal_max=p),e.robust_min=e.cal_min,e.robust_max=e.cal_max,e.global_min=f,e.global_max=p,[E,D,f,p]}function li(e,t){e._colormap=t,ci(e),e.onColormapChange&&e.onColormapChange(e)}function ui(e,t){e.colormapLabel=z.makeLabelLut(t)}async function di(e,t){e.colormapLabel=await z.makeLabelLutFromUrl(t)}function fi(e){return e._colormap}function pi(e){return e._opacity}function mi(e,t){e._opacity=t,e.onOpacityChange&&e.onOpacityChange(e)}async function hi(e,t={}){if(e===``)throw Error(`url must not be empty`);let n=/^(?:[a-z+]+:)?\/\//i.test(e)?e:new URL(e,window.location.href);/(?:.([^.]+))?$/.exec(n.pathname)||(n=new URL(`niivue-manifest.txt`,e));let r=await fetch(n,{headers:t});if(!r.ok)throw Error(r.statusText);let i=(await r.text()).split(`
`),a=/(.*\/).*/.exec(n)[0],o=[];for(let e of i){let n=new URL(e,a);if(r=await fetch(n,{headers:t}),!r.ok)throw Error(r.statusText);let i=await r.arrayBuffer();o.push({name:e,data:i})}return o}async function gi(e,t){let n=e.getReader(),r=new Vn,i=[],a=0,o=!1,s,c,l=new Promise((e,t)=>{s=e,c=t});function u(){let e=new Uint8Array(a),t=0;for(let n of i)e.set(n,t),t+=n.length;s(e)}return r.ondata=e=>{i.push(e),a+=e.length,a>=t&&(o=!0,n.cancel().catch(()=>{}),u())},(async()=>{try{for(;!o;){let{done:e,value:t}=await n.read();if(e){o=!0,r.push(new Uint8Array,!0);return}r.push(t,!1)}}catch(e){c(e)}})().catch(()=>{}),l}function _i(e){let t=new URL(e).searchParams.get(`response-content-disposition`);if(t){let e=t.match(/filename\*?=(?:UTF-8'')?"?([^";]+)"?/);if(e)return decodeURIComponent(e[1])}return e.split(`/`).pop().split(`?`)[0]}async function vi(e=``,t={},n=NaN){if(isNaN(n))return null;let r=await fetch(e,{headers:t,cache:`force-cache`}),i=352,a=await gi(r.body,i),o=new DataView(a.buffer,a.byteOffset,a.byteLength),s=o.getUint16(0,!0),c=s===348;if(!c&&s!==23553||(a.length>111&&(i=o.getFloat32(108,c)),i>a.length&&(a=await gi(r.body,i)),!(a[0]===92&&a[1]===1||a[1]===92&&a[0]===1)))return null;let l=await tr(a.buffer);if(!l)throw Error(`Could not read NIfTI header`);let u=l.numBitsPerVoxel/8,d=[1,2,3].reduce((e,t)=>e*(l.dims[t]>1?l.dims[t]:1),1),f=[4,5,6].reduce((e,t)=>e*(l.dims[t]>1?l.dims[t]:1),1),p=Math.max(Math.min(n,f),1),m=l.vox_offset+p*d*u;return p===f?null:(await gi((await fetch(e,{headers:t,cache:`force-cache`})).body,m)).buffer.slice(0,m)}async function yi(e=``,t={},n=NaN){if(isNaN(n))return null;let r=(await fetch(e,{headers:t,cache:`force-cache`})).body.getReader(),{value:i,done:a}=await r.read(),o=i;if(a||!o||o.length<2)throw Error(`Not enough data to determine compression`);let s=new DataView(o.buffer,o.byteOffset,o.byteLength),c=s.getUint16(0,!0);if(c===35615)return await r.cancel(),vi(e,t,n);let l=c===348;if(!l&&c!==23553)return await r.cancel(),null;let u=352;for(o.length>111&&(u=s.getFloat32(108,l));o.length<u;){let{value:e,done:t}=await r.read();if(t||!e)break;function n(e,t){let n=new Uint8Array(e.length+t.length);return n.set(e,0),n.set(t,e.length),n}o=n(o,e)}let d=await tr(o.buffer);if(!d)throw Error(`Could not read NIfTI header`);let f=d.numBitsPerVoxel/8,p=[1,2,3].reduce((e,t)=>e*(d.dims[t]>1?d.dims[t]:1),1),m=[4,5,6].reduce((e,t)=>e*(d.dims[t]>1?d.dims[t]:1),1),h=Math.max(Math.min(n,m),1),g=d.vox_offset+h*p*f,_=new Uint8Array(g),v=Math.min(o.length,g);_.set(o.subarray(0,v),0);let y=v;for(;y<g;){let{value:e,done:t}=await r.read();if(t||!e)return await r.cancel(),null;let n=Math.min(e.length,g-y);_.set(e.subarray(0,n),y),y+=n}return await r.cancel(),_.buffer}async function bi(e,t=NaN){let n=e.stream();if(!isNaN(t)){let e=0,r=new TransformStream({transform(n,r){if(e>=t){r.terminate();return}let i=t-e;n.length>i?(r.enqueue(n.slice(0,i)),r.terminate()):r.enqueue(n),e+=n.length}});n=n.pipeThrough(r)}let r=await dr(n),i=[],a=r.getReader();for(;;){let{done:e,value:t}=await a.read();if(e)break;i.push(t)}let o=i.reduce((e,t)=>e+t.length,0),s=new ArrayBuffer(o),c=new Uint8Array(s),l=0;for(let e of i)c.set(e,l),l+=e.length;return s}function xi(e){let t=window.atob(e),n=t.length,r=new Uint8Array(n);for(let e=0;e<n;e++)r[e]=t.charCodeAt(e);return r.buffer}function Si(e){let t=e.match(/\.([^.]+)(?:\.gz|\.bz2|\.xz)?$/);return t?t[1]:``}function Ci(e){if(!e.hdr)throw Error(`hdr undefined`);let t=e.id,n=e.hdr.datatypeCode,r=e.hdr.dims,i=r[1],a=r[2],o=r[3],s=Math.max(1,r[4]),c=e.hdr.pixDims;return{id:t,datatypeCode:n,nx:i,ny:a,nz:o,nt:s,dx:c[1],dy:c[2],dz:c[3],dt:c[4],bpv:Math.floor(e.hdr.numBitsPerVoxel/8)}}function wi(e){return or(``,``,e.name,e._colormap,e.opacity,e.cal_min,e.cal_max,e.trustCalMinMax,e.percentileFrac,e.ignoreZeroVoxels,e.useQFormNotSForm,e.colormapNegative,e.frame4D,e.imageType,e.cal_minNeg,e.cal_maxNeg,e.colorbarVisible)}function Ti(e,t){e.hdr.cal_min=t.cal_min,e.hdr.cal_max=t.cal_max,Object.assign(e,t)}function Ei(e,t){if(!(t.datatypeCode===q.DT_RGB24||t.datatypeCode===q.DT_RGBA32||t.littleEndian===ir()||t.numBitsPerVoxel<=8)){if(t.numBitsPerVoxel===16){let t=new Uint16Array(e);for(let e=0;e<t.length;e++){let n=t[e];t[e]=((n&255)<<8|n>>8&255)<<16>>16}}else if(t.numBitsPerVoxel===32){let t=new Uint32Array(e);for(let e=0;e<t.length;e++){let n=t[e];t[e]=(n&255)<<24|(n&65280)<<8|n>>8&65280|n>>24&255}}else if(t.numBitsPerVoxel===64){let n=t.numBitsPerVoxel/8,r=new Uint8Array(e);for(let e=0;e<r.length;e+=n){let t=n-1;for(let n=0;n<t;n++){let i=r[e+n];r[e+n]=r[e+t],r[e+t]=i,t--}}}}}function Di(e,t){switch(t.datatypeCode){case q.DT_UINT8:return{img:new Uint8Array(e)};case q.DT_INT16:return{img:new Int16Array(e)};case q.DT_FLOAT32:return{img:new Float32Array(e)};case q.DT_FLOAT64:return{img:new Float64Array(e)};case q.DT_RGB24:return{img:new Uint8Array(e)};case q.DT_UINT16:return{img:new Uint16Array(e)};case q.DT_RGBA32:return{img:new Uint8Array(e)};case q.DT_INT8:{let t=new Int8Array(e),n=t.length,r=new Int16Array(n);for(let e=0;e<n;e++)r[e]=t[e];return{img:r,updatedDatatypeCode:q.DT_INT16,updatedNumBitsPerVoxel:16}}case q.DT_BINARY:{let n=t.dims[1]*t.dims[2]*Math.max(1,t.dims[3])*Math.max(1,t.dims[4]),r=new Uint8Array(e),i=new Uint8Array(n),a=new Uint8Array(8);for(let e=0;e<8;e++)a[e]=2**e;let o=-1;for(let e=0;e<n;e++){let t=e%8;t===0&&o++,(r[o]&a[t])!==0&&(i[e]=1)}return{img:i,updatedDatatypeCode:q.DT_UINT8,updatedNumBitsPerVoxel:8}}case q.DT_UINT32:{let t=new Uint32Array(e),n=t.length,r=new Float64Array(n);for(let e=0;e<n-1;e++)r[e]=t[e];return{img:r,updatedDatatypeCode:q.DT_FLOAT64}}case q.DT_INT32:{let t=new Int32Array(e),n=t.length,r=new Float64Array(n);for(let e=0;e<n-1;e++)r[e]=t[e];return{img:r,updatedDatatypeCode:q.DT_FLOAT64}}case q.DT_INT64:{let t=new BigInt64Array(e),n=t.length,r=new Float64Array(n);for(let e=0;e<n-1;e++)r[e]=Number(t[e]);return{img:r,updatedDatatypeCode:q.DT_FLOAT64}}case q.DT_COMPLEX64:{let t=new Float32Array(e),n=Math.floor(t.length/2),r=new Float32Array(n),i=new Float32Array(n),a=0;for(let e=0;e<n-1;e++)i[e]=t[a],r[e]=t[a+1],a+=2;return{img:i,imaginary:r,updatedDatatypeCode:q.DT_FLOAT32}}default:throw Error(`datatype `+t.datatypeCode+` not supported`)}}function Oi(e){(e.pixDims[1]===0||e.pixDims[2]===0||e.pixDims[3]===0)&&R.error(`pixDims not plausible`,e)}function ki(e){(isNaN(e.scl_slope)||e.scl_slope===0)&&(e.scl_slope=1),isNaN(e.scl_inter)&&(e.scl_inter=0)}function Ai(e,t){let n=ur(e.affine);if(!t&&n&&e.qform_code<=e.sform_code)return;R.debug(`spatial transform based on QForm`);let r=e.quatern_b,i=e.quatern_c,a=e.quatern_d,o=Math.sqrt(1-(r**2+i**2+a**2)),s=e.pixDims[0]===0?1:e.pixDims[0],c=[[o*o+r*r-i*i-a*a,2*r*i-2*o*a,2*r*a+2*o*i],[2*r*i+2*o*a,o*o+i*i-r*r-a*a,2*i*a-2*o*r],[2*r*a-2*o*i,2*i*a+2*o*r,o*o+a*a-i*i-r*r]],l=e.affine;for(let t=0;t<3;t+=1)for(let n=0;n<3;n+=1)l[t][n]=c[t][n]*e.pixDims[n+1],n===2&&(l[t][n]*=s);l[0][3]=e.qoffset_x,l[1][3]=e.qoffset_y,l[2][3]=e.qoffset_z,e.affine=l}function ji(e){if(ur(e.affine))return;R.debug(`Defective NIfTI: spatial transform does not make sense`);let t=e.pixDims[1],n=e.pixDims[2],r=e.pixDims[3];(isNaN(t)||t===0)&&(t=1),(isNaN(n)||n===0)&&(n=1),(isNaN(r)||r===0)&&(r=1),e.pixDims[1]=t,e.pixDims[2]=n,e.pixDims[3]=r,e.affine=[[t,0,0,0],[0,n,0,0],[0,0,r,0],[0,0,0,1]]}function Mi(e,t){Oi(e),ki(e),Ai(e,t),ji(e)}function Ni(e,t,n,r={}){return t!==void 0&&n!==void 0&&(r={...r,headers:{...r.headers,Range:`bytes=${t}-${t+n-1}`}}),fetch(e,r)}function Pi(e,t){return{...e,...t,headers:{...e.headers,...t.headers}}}function Fi(e,t){let n=typeof e==`string`?new URL(e):e;n.pathname.endsWith(`/`)||(n.pathname+=`/`);let r=new URL(t.slice(1),n);return r.search=n.search,r}async function Ii(e){if(e.status!==404){if(e.status===200||e.status===206)return new Uint8Array(await e.arrayBuffer());throw Error(`Unexpected response status ${e.status} ${e.statusText}`)}}async function Li(e,t,n,r){if(r)return fetch(e,{...n,headers:{...n.headers,Range:`bytes=-${t}`}});let i=await fetch(e,{...n,method:`HEAD`});if(!i.ok)return i;let a=i.headers.get(`Content-Length`),o=Number(a);return Ni(e,o-t,o,n)}var Ri=class{url;#e;#t;constructor(e,t={}){this.url=e,this.#e=t.overrides??{},this.#t=t.useSuffixRequest??!1}#n(e){return Pi(this.#e,e)}async get(e,t={}){let n=Fi(this.url,e).href;return Ii(await fetch(n,this.#n(t)))}async getRange(e,t,n={}){let r=Fi(this.url,e),i=this.#n(n),a;return a=`suffixLength`in t?await Li(r,t.suffixLength,i,this.#t):await Ni(r,t.offset,t.length,i),Ii(a)}},zi=class{#e;constructor(e,t,n){this.#e=typeof e==`number`?new Uint8Array(e):e instanceof ArrayBuffer?new Uint8Array(e,t,n):new Uint8Array(Array.from(e,e=>+!!e))}get BYTES_PER_ELEMENT(){return 1}get byteOffset(){return this.#e.byteOffset}get byteLength(){return this.#e.byteLength}get buffer(){return this.#e.buffer}get length(){return this.#e.length}get(e){let t=this.#e[e];return typeof t==`number`?t!==0:t}set(e,t){this.#e[e]=+!!t}fill(e){this.#e.fill(+!!e)}*[Symbol.iterator](){for(let e=0;e<this.length;e++)yield this.get(e)}},Bi=class{_data;chars;#e;constructor(e,t,n,r){if(this.chars=e,this.#e=new TextEncoder,typeof t==`number`)this._data=new Uint8Array(t*e);else if(t instanceof ArrayBuffer)r&&(r*=e),this._data=new Uint8Array(t,n,r);else{let n=Array.from(t);this._data=new Uint8Array(n.length*e);for(let e=0;e<n.length;e++)this.set(e,n[e])}}get BYTES_PER_ELEMENT(){return this.chars}get byteOffset(){return this._data.byteOffset}get byteLength(){return this._data.byteLength}get buffer(){return this._data.buffer}get length(){return this.byteLength/this.BYTES_PER_ELEMENT}get(e){let t=new Uint8Array(this.buffer,this.byteOffset+this.chars*e,this.chars);return new TextDecoder().decode(t).replace(/\x00/g,``)}set(e,t){let n=new Uint8Array(this.buffer,this.byteOffset+this.chars*e,this.chars);n.fill(0),n.set(this.#e.encode(t))}fill(e){let t=this.#e.encode(e);for(let e=0;e<this.length;e++)this._data.set(t,e*this.chars)}*[Symbol.iterator](){for(let e=0;e<this.length;e++)yield this.get(e)}},Vi=class e{#e;chars;constructor(t,n,r,i){if(this.chars=t,typeof n==`number`)this.#e=new Int32Array(n*t);else if(n instanceof ArrayBuffer)i&&(i*=t),this.#e=new Int32Array(n,r,i);else{let r=n,i=new e(t,1);this.#e=new Int32Array((function*(){for(let e of r)i.set(0,e),yield*i.#e})())}}get BYTES_PER_ELEMENT(){return this.#e.BYTES_PER_ELEMENT*this.chars}get byteLength(){return this.#e.byteLength}get byteOffset(){return this.#e.byteOffset}get buffer(){return this.#e.buffer}get length(){return this.#e.length/this.chars}get(e){let t=this.chars*e,n=``;for(let e=0;e<this.chars;e++)n+=String.fromCodePoint(this.#e[t+e]);return n.replace(/\u0000/g,``)}set(e,t){let n=this.chars*e,r=this.#e.subarray(n,n+this.chars);r.fill(0);for(let e=0;e<this.chars;e++)r[e]=t.codePointAt(e)??0}fill(e){this.set(0,e);let t=this.#e.subarray(0,this.chars);for(let e=1;e<this.length;e++)this.#e.set(t,e*this.chars)}*[Symbol.iterator](){for(let e=0;e<this.length;e++)yield this.get(e)}};function Hi(e){let t=new TextDecoder().decode(e);return JSON.parse(t)}function Ui(e,t){let n=t/2,r=t-1,i=0;for(let a=0;a<e.length;a+=t)for(let t=0;t<n;t+=1)i=e[a+t],e[a+t]=e[a+r-t],e[a+r-t]=i}function Wi(e){if(e===`v2:object`)return globalThis.Array;let t=e.match(/v2:([US])(\d+)/);if(t){let[,e,n]=t;return(e===`U`?Vi:Bi).bind(null,Number(n))}let n={int8:Int8Array,int16:Int16Array,int32:Int32Array,int64:globalThis.BigInt64Array,uint8:Uint8Array,uint16:Uint16Array,uint32:Uint32Array,uint64:globalThis.BigUint64Array,float16:globalThis.Float16Array,float32:Float32Array,float64:Float64Array,bool:zi}[e];return X(n,`Unknown or unsupported data_type: ${e}`),n}function Gi(e,t){let n=e.length;typeof t==`string`&&(t=t===`C`?Array.from({length:n},(e,t)=>t):Array.from({length:n},(e,t)=>n-1-t)),X(n===t.length,`Order length must match the number of dimensions.`);let r=1,i=Array(n);for(let n=t.length-1;n>=0;n--)i[t[n]]=r,r*=e[t[n]];return i}function Ki({name:e,configuration:t}){if(e==="default"){let e=t?.separator??`/`;return t=>[`c`,...t].join(e)}if(e===`v2`){let e=t?.separator??`.`;return t=>t.join(e)||`0`}throw Error(`Unknown chunk key encoding: ${e}`)}function qi(e){if(e===`|O`)return{data_type:`v2:object`};let t=e.match(/^([<|>])(.*)$/);X(t,`Invalid dtype: ${e}`);let[,n,r]=t,i={b1:`bool`,i1:`int8`,u1:`uint8`,i2:`int16`,u2:`uint16`,i4:`int32`,u4:`uint32`,i8:`int64`,u8:`uint64`,f2:`float16`,f4:`float32`,f8:`float64`}[r]??(r.startsWith(`S`)||r.startsWith(`U`)?`v2:${r}`:void 0);return X(i,`Unsupported or unknown dtype: ${e}`),n===`|`?{data_type:i}:{data_type:i,endian:n===`<`?`little`:`big`}}function Ji(e,t={}){let n=[],r=qi(e.dtype);e.order===`F`&&n.push({name:`transpose`,configuration:{order:`F`}}),`endian`in r&&r.endian===`big`&&n.push({name:`bytes`,configuration:{endian:`big`}});for(let{id:t,...r}of e.filters??[])n.push({name:t,configuration:r});if(e.compressor){let{id:t,...r}=e.compressor;n.push({name:t,configuration:r})}return{zarr_format:3,node_type:`array`,shape:e.shape,data_type:r.data_type,chunk_grid:{name:`regular`,configuration:{chunk_shape:e.chunks}},chunk_key_encoding:{name:`v2`,configuration:{separator:e.dimension_separator??`.`}},codecs:n,fill_value:e.fill_value,attributes:t}}function Yi(e,t={}){return{zarr_format:3,node_type:`group`,attributes:t}}function Xi(e,t){if(t!==`number`&&t!==`bigint`&&t!==`boolean`&&t!==`object`&&t!==`string`)return e===t;let n=e===`bool`;if(t===`boolean`)return n;let r=e.startsWith(`v2:U`)||e.startsWith(`v2:S`);if(t===`string`)return r;let i=e===`int64`||e===`uint64`;if(t===`bigint`)return i;let a=e===`v2:object`;return t===`object`?a:!r&&!i&&!n&&!a}function Zi(e){return e?.name===`sharding_indexed`}function Qi(e){return(e.data_type===`uint64`||e.data_type===`int64`)&&e.fill_value!=null?BigInt(e.fill_value):e.fill_value}function $i(e,...t){if(!t.some(t=>e instanceof t))throw e}function X(e,t=``){if(!e)throw Error(t)}async function ea(e,{format:t,signal:n}){let r=e instanceof Response?e:new Response(e);X(r.body,`Response does not contain body.`);try{return await new Response(r.body.pipeThrough(new DecompressionStream(t),{signal:n})).arrayBuffer()}catch{throw n?.throwIfAborted(),Error(`Failed to decode ${t}`)}}var ta=class e{kind=`array_to_array`;constructor(e,t){X(e.keepbits>=0,`keepbits must be zero or positive`)}static fromConfig(t,n){return new e(t,n)}encode(e){throw Error("`BitroundCodec.encode` is not implemented. Please open an issue at https://github.com/manzt/zarrita.js/issues.")}decode(e){return e}},na=ra();function ra(){let e=new Uint32Array([305419896]);return new Uint8Array(e.buffer,e.byteOffset,e.byteLength)[0]!==18}function ia(e){return`BYTES_PER_ELEMENT`in e?e.BYTES_PER_ELEMENT:4}var aa=class e{kind=`array_to_bytes`;#e;#t;#n;#r;#i;constructor(e,t){this.#i=e?.endian,this.#t=Wi(t.data_type),this.#r=t.shape,this.#e=Gi(t.shape,`C`);let n=new this.#t(0);this.#n=n.BYTES_PER_ELEMENT}static fromConfig(t,n){return new e(t,n)}encode(e){let t=new Uint8Array(e.data.buffer);return na&&this.#i===`big`&&Ui(t,ia(this.#t)),t}decode(e){return na&&this.#i===`big`&&Ui(e,ia(this.#t)),{data:new this.#t(e.buffer,e.byteOffset,e.byteLength/this.#n),shape:this.#r,stride:this.#e}}},oa=class e{kind=`bytes_to_bytes`;static fromConfig(){return new e}encode(e){throw Error(`Not implemented`)}decode(e){return new Uint8Array(e.buffer,e.byteOffset,e.byteLength-4)}},sa=class e{kind=`bytes_to_bytes`;static fromConfig(t){return new e}encode(e){throw Error("Gzip encoding is not enabled by default. Please register a custom codec with `numcodecs/gzip`.")}async decode(e){let t=await ea(e,{format:`gzip`});return new Uint8Array(t)}};function ca(e,t){return X(!Number.isNaN(t),`JsonCodec allow_nan is false but NaN was encountered during encoding.`),X(t!==1/0,`JsonCodec allow_nan is false but Infinity was encountered during encoding.`),X(t!==-1/0,`JsonCodec allow_nan is false but -Infinity was encountered during encoding.`),t}function la(e,t){return t instanceof Object&&!Array.isArray(t)?Object.keys(t).sort().reduce((e,n)=>(e[n]=t[n],e),{}):t}var ua=class e{configuration;kind=`array_to_bytes`;#e;#t;constructor(e={}){this.configuration=e;let{encoding:t=`utf-8`,skipkeys:n=!1,ensure_ascii:r=!0,check_circular:i=!0,allow_nan:a=!0,sort_keys:o=!0,indent:s,strict:c=!0}=e,l=e.separators;l||=s?[`, `,`: `]:[`,`,`:`],this.#e={encoding:t,skipkeys:n,ensure_ascii:r,check_circular:i,allow_nan:a,indent:s,separators:l,sort_keys:o},this.#t={strict:c}}static fromConfig(t){return new e(t)}encode(e){let{indent:t,encoding:n,ensure_ascii:r,check_circular:i,allow_nan:a,sort_keys:o}=this.#e;X(n===`utf-8`,`JsonCodec does not yet support non-utf-8 encoding.`);let s=[];X(i,`JsonCodec does not yet support skipping the check for circular references during encoding.`),a||s.push(ca),o&&s.push(la);let c=Array.from(e.data);c.push(`|O`),c.push(e.shape);let l;s.length&&(l=(e,t)=>{let n=t;for(let t of s)n=t(e,n);return n});let u=JSON.stringify(c,l,t);return r&&(u=u.replace(/[\u007F-\uFFFF]/g,e=>{let t=`0000${e.charCodeAt(0).toString(16)}`;return`\\u${t.substring(t.length-4)}`})),new TextEncoder().encode(u)}decode(e){let{strict:t}=this.#t;X(t,`JsonCodec does not yet support non-strict decoding.`);let n=Hi(e),r=n.pop();return n.pop(),X(r,`0D not implemented for JsonCodec.`),{data:n,shape:r,stride:Gi(r,`C`)}}};function da(e){return e instanceof zi||e instanceof Bi||e instanceof Vi?new Proxy(e,{get(e,t){return e.get(Number(t))},set(e,t,n){return e.set(Number(t),n),!0}}):e}function fa(e,t){let n;return n=e.data instanceof Bi||e.data instanceof Vi?new e.constructor(e.data.length,e.data.chars):new e.constructor(e.data.length),{data:n,shape:e.shape,stride:Gi(e.shape,t)}}function pa(e,t){let n=fa(e,t),r=e.shape.length,i=e.data.length,a=Array(r).fill(0),o=da(e.data),s=da(n.data);for(let t=0;t<i;t++){let i=0;for(let e=0;e<r;e++)i+=a[e]*n.stride[e];s[i]=o[t],a[0]+=1;for(let t=0;t<r;t++)if(a[t]===e.shape[t]){if(t+1===r)break;a[t]=0,a[t+1]+=1}}return n}function ma(e){let t=e.shape.length;return X(t===e.stride.length,`Shape and stride must have the same length.`),e.stride.map((e,t)=>({stride:e,index:t})).sort((e,t)=>t.stride-e.stride).map(e=>e.index)}function ha(e,t){let n=ma(e);return X(n.length===t.length,`Orders must match`),n.every((e,n)=>e===t[n])}var ga=class e{kind=`array_to_array`;#e;#t;constructor(e,t){let n=e.order??`C`,r=t.shape.length,i=Array(r),a=Array(r);if(n===`C`)for(let e=0;e<r;++e)i[e]=e,a[e]=e;else if(n===`F`)for(let e=0;e<r;++e)i[e]=r-e-1,a[e]=r-e-1;else i=n,i.forEach((e,t)=>{X(a[e]===void 0,`Invalid permutation: ${JSON.stringify(n)}`),a[e]=t});this.#e=i,this.#t=a}static fromConfig(t,n){return new e(t,n)}encode(e){return ha(e,this.#t)?e:pa(e,this.#t)}decode(e){return{data:e.data,shape:e.shape,stride:Gi(e.shape,this.#e)}}},_a=class e{kind=`array_to_bytes`;#e;#t;constructor(e){this.#e=e,this.#t=Gi(e,`C`)}static fromConfig(t,n){return new e(n.shape)}encode(e){throw Error(`Method not implemented.`)}decode(e){let t=new TextDecoder,n=new DataView(e.buffer),r=Array(n.getUint32(0,!0)),i=4;for(let a=0;a<r.length;a++){let o=n.getUint32(i,!0);i+=4,r[a]=t.decode(e.buffer.slice(i,i+o)),i+=o}return{data:r,shape:this.#e,stride:this.#t}}},va=class e{kind=`bytes_to_bytes`;static fromConfig(t){return new e}encode(e){throw Error("Zlib encoding is not enabled by default. Please register a codec with `numcodecs/zlib`.")}async decode(e){let t=await ea(e,{format:`deflate`});return new Uint8Array(t)}};function ya(){return new Map().set(`blosc`,()=>r(()=>import(`./no-codec.js`).then(e=>e.default),[])).set(`lz4`,()=>r(()=>import(`./no-codec.js`).then(e=>e.default),[])).set(`zstd`,()=>r(()=>import(`./no-codec.js`).then(e=>e.default),[])).set(`gzip`,()=>sa).set(`zlib`,()=>va).set(`transpose`,()=>ga).set(`bytes`,()=>aa).set(`crc32c`,()=>oa).set(`vlen-utf8`,()=>_a).set(`json2`,()=>ua).set(`bitround`,()=>ta)}var ba=ya();function xa(e){let t;return{async encode(n){t||=await Sa(e);for(let e of t.array_to_array)n=await e.encode(n);let r=await t.array_to_bytes.encode(n);for(let e of t.bytes_to_bytes)r=await e.encode(r);return r},async decode(n){t||=await Sa(e);for(let e=t.bytes_to_bytes.length-1;e>=0;e--)n=await t.bytes_to_bytes[e].decode(n);let r=await t.array_to_bytes.decode(n);for(let e=t.array_to_array.length-1;e>=0;e--)r=await t.array_to_array[e].decode(r);return r}}}async function Sa(e){let t=e.codecs.map(async e=>{let t=await ba.get(e.name)?.();return X(t,`Unknown codec: ${e.name}`),{Codec:t,meta:e}}),n=[],r,i=[];for await(let{Codec:a,meta:o}of t){let t=a.fromConfig(o.configuration,e);switch(t.kind){case`array_to_array`:n.push(t);break;case`array_to_bytes`:r=t;break;default:i.push(t)}}return r||=(X(Ca(e),`Cannot encode ${e.data_type} to bytes without a codec`),aa.fromConfig({endian:`little`},e)),{array_to_array:n,array_to_bytes:r,bytes_to_bytes:i}}function Ca(e){return e.data_type!==`v2:object`}var wa=class extends Error{constructor(e,t={}){super(`Node not found: ${e}`,t),this.name=`NodeNotFoundError`}},Ta=class extends Error{constructor(e){super(`Missing key: ${e}`),this.name=`KeyError`}},Ea=18446744073709551615n;function Da(e,t,n,r){X(e.store.getRange,`Store does not support range requests`);let i=e.store.getRange.bind(e.store),a=t.map((e,t)=>e/r.chunk_shape[t]),o=xa({data_type:`uint64`,shape:[...a,2],codecs:r.index_codecs}),s={};return async t=>{let r=t.map((e,t)=>Math.floor(e/a[t])),c=e.resolve(n(r)).path,l;if(c in s)l=s[c];else{let e=16*a.reduce((e,t)=>e*t,1),t=await i(c,{suffixLength:e+4});l=s[c]=t?await o.decode(t):null}if(l===null)return;let{data:u,shape:d,stride:f}=l,p=t.map((e,t)=>e%d[t]).reduce((e,t,n)=>e+t*f[n],0),m=u[p],h=u[p+1];if(m!==Ea||h!==Ea)return i(c,{offset:Number(m),length:Number(h)})}}var Oa=class e{store;path;constructor(e,t=`/`){this.store=e,this.path=t}resolve(t){let n=new URL(`file://${this.path.endsWith(`/`)?this.path:`${this.path}/`}`);return new e(this.store,decodeURIComponent(new URL(t,n).pathname))}};function ka(e){return new Oa(e??new Map)}var Aa=class extends Oa{kind=`group`;#e;constructor(e,t,n){super(e,t),this.#e=n}get attrs(){return this.#e.attributes}};function ja(e){return e.find(e=>e.name===`transpose`)?.configuration?.order??`C`}var Ma=Symbol(`zarrita.context`);function Na(e){return e[Ma]}function Pa(e,t){let{configuration:n}=t.codecs.find(Zi)??{},r={encode_chunk_key:Ki(t.chunk_key_encoding),TypedArray:Wi(t.data_type),fill_value:t.fill_value};if(n){let i=ja(n.codecs);return{...r,kind:`sharded`,chunk_shape:n.chunk_shape,codec:xa({data_type:t.data_type,shape:n.chunk_shape,codecs:n.codecs}),get_strides(e){return Gi(e,i)},get_chunk_bytes:Da(e,t.chunk_grid.configuration.chunk_shape,r.encode_chunk_key,n)}}let i=ja(t.codecs);return{...r,kind:`regular`,chunk_shape:t.chunk_grid.configuration.chunk_shape,codec:xa({data_type:t.data_type,shape:t.chunk_grid.configuration.chunk_shape,codecs:t.codecs}),get_strides(e){return Gi(e,i)},async get_chunk_bytes(t,n){let i=r.encode_chunk_key(t),a=e.resolve(i).path;return e.store.get(a,n)}}}var Fa=class extends Oa{kind=`array`;#e;[Ma];constructor(e,t,n){super(e,t),this.#e={...n,fill_value:Qi(n)},this[Ma]=Pa(this,n)}get attrs(){return this.#e.attributes}get shape(){return this.#e.shape}get chunks(){return this[Ma].chunk_shape}get dtype(){return this.#e.data_type}async getChunk(e,t){let n=this[Ma],r=await n.get_chunk_bytes(e,t);if(!r){let e=n.chunk_shape.reduce((e,t)=>e*t,1),t=new n.TypedArray(e);return t.fill(n.fill_value),{data:t,shape:n.chunk_shape,stride:n.get_strides(n.chunk_shape)}}return n.codec.decode(r)}is(e){return Xi(this.dtype,e)}};function*Ia(e,t,n=1){t===void 0&&(t=e,e=0);for(let r=e;r<t;r+=n)yield r}function*La(...e){if(e.length===0)return;let t=e.map(e=>e[Symbol.iterator]()),n=t.map(e=>e.next());if(n.some(e=>e.done))throw Error(`Input contains an empty iterator.`);for(let r=0;;){if(n[r].done){if(t[r]=e[r][Symbol.iterator](),n[r]=t[r].next(),++r>=t.length)return}else yield n.map(({value:e})=>e),r=0;n[r]=t[r].next()}}function Ra({start:e,stop:t,step:n},r){if(n===0)throw Error(`slice step cannot be zero`);n??=1;let i=n<0,[a,o]=i?[-1,r-1]:[0,r];return e===null?e=i?o:a:e<0?(e+=r,e<a&&(e=a)):e>o&&(e=o),t===null?t=i?a:o:t<0?(t+=r,t<a&&(t=a)):t>o&&(t=o),[e,t,n]}function Z(e,t,n=null){return t===void 0&&(t=e,e=null),{start:e,stop:t,step:n}}function za(){let e=[];return{add:t=>e.push(t()),onIdle:()=>Promise.all(e)}}var Ba=class extends Error{constructor(e){super(e),this.name=`IndexError`}};function Va(e,t){throw new Ba(`too many indicies for array; expected ${t.length}, got ${e.length}`)}function Ha(e){throw new Ba(`index out of bounds for dimension with length ${e}`)}function Ua(){throw new Ba(`only slices with step >= 1 are supported`)}function Wa(e,t){e.length>t.length&&Va(e,t)}function Ga(e,t){return e=Math.trunc(e),e<0&&(e=t+e),(e>=t||e<0)&&Ha(t),e}var Ka=class{dim_sel;dim_len;dim_chunk_len;nitems;constructor({dim_sel:e,dim_len:t,dim_chunk_len:n}){e=Ga(e,t),this.dim_sel=e,this.dim_len=t,this.dim_chunk_len=n,this.nitems=1}*[Symbol.iterator](){let e=Math.floor(this.dim_sel/this.dim_chunk_len),t=e*this.dim_chunk_len;yield{dim_chunk_ix:e,dim_chunk_sel:this.dim_sel-t}}},qa=class{start;stop;step;dim_len;dim_chunk_len;nitems;nchunks;constructor({dim_sel:e,dim_len:t,dim_chunk_len:n}){let[r,i,a]=Ra(e,t);this.start=r,this.stop=i,this.step=a,this.step<1&&Ua(),this.dim_len=t,this.dim_chunk_len=n,this.nitems=Math.max(0,Math.ceil((this.stop-this.start)/this.step)),this.nchunks=Math.ceil(this.dim_len/this.dim_chunk_len)}*[Symbol.iterator](){let e=Math.floor(this.start/this.dim_chunk_len),t=Math.ceil(this.stop/this.dim_chunk_len);for(let n of Ia(e,t)){let e=n*this.dim_chunk_len,t=Math.min(this.dim_len,(n+1)*this.dim_chunk_len),r=t-e,i=0,a=0;if(this.start<e){let t=(e-this.start)%this.step;t&&(a+=this.step-t),i=Math.ceil((e-this.start)/this.step)}else a=this.start-e;let o=this.stop>t?r:this.stop-e,s=[a,o,this.step],c=Math.ceil((o-a)/this.step);yield{dim_chunk_ix:n,dim_chunk_sel:s,dim_out_sel:[i,i+c,1]}}}};function Ja(e,t){let n=[];return e===null?n=t.map(e=>Z(null)):Array.isArray(e)&&(n=e.map(e=>e??Z(null))),Wa(n,t),n}var Ya=class{dim_indexers;shape;constructor({selection:e,shape:t,chunk_shape:n}){this.dim_indexers=Ja(e,t).map((e,r)=>new(typeof e==`number`?Ka:qa)({dim_sel:e,dim_len:t[r],dim_chunk_len:n[r]})),this.shape=this.dim_indexers.filter(e=>e instanceof qa).map(e=>e.nitems)}*[Symbol.iterator](){for(let e of La(...this.dim_indexers))yield{chunk_coords:e.map(e=>e.dim_chunk_ix),mapping:e.map(e=>`dim_out_sel`in e?{from:e.dim_chunk_sel,to:e.dim_out_sel}:{from:e.dim_chunk_sel,to:null})}}};function Xa(e,t){return`get`in e?e.get(t):e[t]}async function Za(e,t,n,r){let i=Na(e),a=new Ya({selection:t,shape:e.shape,chunk_shape:e.chunks}),o=r.prepare(new i.TypedArray(a.shape.reduce((e,t)=>e*t,1)),a.shape,i.get_strides(a.shape)),s=n.create_queue?.()??za();for(let{chunk_coords:t,mapping:i}of a)s.add(async()=>{let{data:a,shape:s,stride:c}=await e.getChunk(t,n.opts),l=r.prepare(a,s,c);r.set_from_chunk(o,l,i)});return await s.onIdle(),a.shape.length===0?Xa(o.data,0):o}function Qa(e,t=0,n){let r=n??e.length-t;return{length:r,subarray(n,i=r){return Qa(e,t+n,i-n)},set(n,r=0){for(let i=0;i<n.length;i++)e[t+r+i]=n.get(i)},get(n){return e[t+n]}}}function $a(e){return globalThis.Array.isArray(e.data)?{data:Qa(e.data),stride:e.stride,bytes_per_element:1}:{data:new Uint8Array(e.data.buffer,e.data.byteOffset,e.data.byteLength),stride:e.stride,bytes_per_element:e.data.BYTES_PER_ELEMENT}}function eo(e){return`chars`in e?e.constructor.bind(null,e.chars):e.constructor}function to(e,t){if(globalThis.Array.isArray(e.data))return Qa([t]);let n=new(eo(e.data))([t]);return new Uint8Array(n.buffer,n.byteOffset,n.byteLength)}var no={prepare(e,t,n){return{data:e,shape:t,stride:n}},set_scalar(e,t,n){let r=$a(e);ao(r,t,to(e,n),r.bytes_per_element)},set_from_chunk(e,t,n){let r=$a(e);oo(r,$a(t),r.bytes_per_element,n)}};async function ro(e,t=null,n={}){return Za(e,t,n,no)}function io(e,t,n){return n<0&&t<e?Math.floor((e-t-1)/-n)+1:e<t?Math.floor((t-e-1)/n)+1:0}function ao(e,t,n,r){if(t.length===0){e.data.set(n,0);return}let[i,...a]=t,[o,...s]=e.stride;if(typeof i==`number`){ao({data:e.data.subarray(o*i*r),stride:s},a,n,r);return}let[c,l,u]=i,d=io(c,l,u);if(a.length===0)for(let t=0;t<d;t++)e.data.set(n,o*(c+u*t)*r);else for(let t=0;t<d;t++)ao({data:e.data.subarray(o*(c+u*t)*r),stride:s},a,n,r)}function oo(e,t,n,r){let[i,...a]=r,[o,...s]=e.stride,[c,...l]=t.stride;if(i.from===null){if(a.length===0){e.data.set(t.data.subarray(0,n),i.to*n);return}oo({data:e.data.subarray(o*i.to*n),stride:s},t,n,a);return}if(i.to===null){if(a.length===0){let r=i.from*n;e.data.set(t.data.subarray(r,r+n),0);return}oo(e,{data:t.data.subarray(c*i.from*n),stride:l},n,a);return}let[u,d,f]=i.to,[p,m,h]=i.from,g=io(u,d,f);if(a.length===0){if(f===1&&h===1&&o===1&&c===1){let r=p*n,i=g*n;e.data.set(t.data.subarray(r,r+i),u*n);return}for(let r=0;r<g;r++){let i=c*(p+h*r)*n;e.data.set(t.data.subarray(i,i+n),o*(u+f*r)*n)}}else for(let r=0;r<g;r++)oo({data:e.data.subarray(o*(u+r*f)*n),stride:s},{data:t.data.subarray(c*(p+r*h)*n),stride:l},n,a)}var so=co();function co(){let e=new WeakMap;function t(t){let n=e.get(t)??{v2:0,v3:0};return e.set(t,n),n}return{increment(e,n){t(e)[n]+=1},version_max(e){let n=t(e);return n.v3>n.v2?`v3`:`v2`}}}async function lo(e){let t=await e.store.get(e.resolve(`.zattrs`).path);return t?Hi(t):{}}async function uo(e,t={}){let n=`store`in e?e:new Oa(e),r={};return(t.attrs??!0)&&(r=await lo(n)),t.kind===`array`?fo(n,r):t.kind===`group`?po(n,r):fo(n,r).catch(e=>($i(e,wa),po(n,r)))}async function fo(e,t){let{path:n}=e.resolve(`.zarray`),r=await e.store.get(n);if(!r)throw new wa(`v2 array`,{cause:new Ta(n)});return so.increment(e.store,`v2`),new Fa(e.store,e.path,Ji(Hi(r),t))}async function po(e,t){let{path:n}=e.resolve(`.zgroup`),r=await e.store.get(n);if(!r)throw new wa(`v2 group`,{cause:new Ta(n)});return so.increment(e.store,`v2`),new Aa(e.store,e.path,Yi(Hi(r),t))}async function mo(e){let{store:t,path:n}=e.resolve(`zarr.json`),r=await e.store.get(n);if(!r)throw new wa(`v3 array or group`,{cause:new Ta(n)});let i=Hi(r);return i.node_type===`array`&&(i.fill_value=Qi(i)),i.node_type===`array`?new Fa(t,e.path,i):new Aa(t,e.path,i)}async function ho(e,t={}){let n=`store`in e?e:new Oa(e),r=await mo(n);if(so.increment(n.store,`v3`),t.kind===void 0||t.kind===`array`&&r instanceof Fa||t.kind===`group`&&r instanceof Aa)return r;let i=r instanceof Fa?`array`:`group`;throw Error(`Expected node of kind ${t.kind}, found ${i}.`)}async function Q(e,t={}){let n=`store`in e?e.store:e,r=so.version_max(n),i=r===`v2`?Q.v2:Q.v3,a=r===`v2`?Q.v3:Q.v2;return i(e,t).catch(n=>($i(n,wa),a(e,t)))}Q.v2=uo,Q.v3=ho;async function go(e){let t=new URL(e).searchParams,n=t.get(`z`),r=t.get(`y`),i=t.get(`x`),a=n?Z(parseInt(n),parseInt(n)+1):null,o=r?Z(parseInt(r),parseInt(r)+1):null,s=i?Z(parseInt(i),parseInt(i)+1):null,c=e.split(`?`)[0],l=ka(new Ri(c)),u;try{u=await Q(l.resolve(e),{kind:`array`})}catch{u=await Q(l,{kind:`array`})}let d;if(u.shape.length===4){let e=u.shape[2],t=u.shape[1],n=u.shape[0];a&&a[0]>=e&&(a[0]=e-1),o&&o[0]>=t&&(o[0]=t-1),s&&s[0]>=n&&(s[0]=n-1),d=await ro(u,[s,o,a,null])}else d=await ro(u,[s,o,a]);let f=d.data,[p,m,h,g]=d.shape;return{dataBuffer:f,zarrData:{data:f,width:m,height:p,depth:h,channels:g}}}async function _o(e,t={}){let n=await fetch(e,{headers:t});if(!n.ok)throw Error(n.statusText);if(!n.body)throw Error(`No readable stream available`);let r=await dr(n.body),i=[],a=r.getReader();for(;;){let{done:e,value:t}=await a.read();if(e)break;i.push(t)}let o=i.reduce((e,t)=>e+t.length,0),s=new ArrayBuffer(o),c=new Uint8Array(s),l=0;for(let e of i)c.set(e,l),l+=e.length;return s}function vo(e,t,n){return n===``?t.toUpperCase()===`HEAD`?e.substring(0,e.lastIndexOf(`HEAD`))+`BRIK`:t.toUpperCase()===`HDR`?e.substring(0,e.lastIndexOf(`HDR`))+`IMG`:null:n}async function yo(e,t={}){try{let n=await fetch(e,{headers:t});if(n.status===404&&(e.includes(`BRIK`)||e.includes(`IMG`))&&(n=await fetch(`${e}.gz`,{headers:t})),!n.ok||!n.body)return null;let r=await dr(n.body),i=[],a=r.getReader();for(;;){let{done:e,value:t}=await a.read();if(e)break;i.push(t)}let o=i.reduce((e,t)=>e+t.length,0),s=new ArrayBuffer(o),c=new Uint8Array(s),l=0;for(let e of i)c.set(e,l),l+=e.length;return s}catch(e){return console.error(`Error loading paired image data:`,e),null}}function bo(e){return e*Math.PI/180}function xo(e,t,n){let r=u(),i=bo(e),a=bo(t),o=bo(n);return b(r,r,i),x(r,r,a),S(r,r,o),r}function So(e){let t=u();return v(t,t,e.translation),_(t,t,xo(e.rotation[0],e.rotation[1],e.rotation[2])),y(t,t,e.scale),t}function Co(e){return p(e[0][0],e[1][0],e[2][0],e[3][0],e[0][1],e[1][1],e[2][1],e[3][1],e[0][2],e[1][2],e[2][2],e[3][2],e[0][3],e[1][3],e[2][3],e[3][3])}function wo(e){return[[e[0],e[4],e[8],e[12]],[e[1],e[5],e[9],e[13]],[e[2],e[6],e[10],e[14]],[e[3],e[7],e[11],e[15]]]}function To(e,t){let n=Co(e),r=u();return _(r,t,n),wo(r)}function Eo(e){return e.map(e=>[...e])}var Do=class{store;baseUrl;arrays=new Map;levelPaths=new Map;axisMapping=null;constructor(e){this.baseUrl=e.baseUrl,this.store=new Ri(e.baseUrl)}async fetchInfo(){let e=ka(this.store),t=[],n=null,r=null;try{let n=await Q(e,{kind:`array`});t.push({index:0,path:`/`,shape:[...n.shape],chunks:[...n.chunks],dtype:n.dtype}),this.arrays.set(0,n),this.levelPaths.set(0,`/`)}catch{try{let t=(await Q(e,{kind:`group`})).attrs;if(t.ome&&typeof t.ome==`object`){let e=t.ome;e.multiscales&&Array.isArray(e.multiscales)&&e.multiscales.length>0&&(r=e.multiscales[0])}else t.multiscales&&Array.isArray(t.multiscales)&&t.multiscales.length>0&&(r=t.multiscales[0])}catch{}if(r?.axes&&Array.isArray(r.axes)&&(n=r.axes),r&&r.datasets&&r.datasets.length>0)for(let n=0;n<r.datasets.length;n++){let i=r.datasets[n],a=i.path.startsWith(`/`)?i.path:`/${i.path}`;try{let r=await Q(e.resolve(a),{kind:`array`});t.push({index:n,path:a,shape:[...r.shape],chunks:[...r.chunks],dtype:r.dtype}),this.arrays.set(n,r),this.levelPaths.set(n,a)}catch(e){console.warn(`Failed to open array at path ${a}:`,e)}}else for(let n=0;n<20;n++){let r=`/${n}`;try{let i=await Q(e.resolve(r),{kind:`array`});t.push({index:n,path:r,shape:[...i.shape],chunks:[...i.chunks],dtype:i.dtype}),this.arrays.set(n,i),this.levelPaths.set(n,r)}catch{break}}}if(t.length===0)throw Error(`No zarr arrays found at ${this.baseUrl}`);let i=t[0].shape.length,a=this.buildAxisMapping(i,t[0].chunks,n);this.axisMapping=a;let o;n&&(o=a.spatialIndices.map(e=>n[e]?.unit??``));let s=t.map(e=>{let t={index:e.index,path:e.path,shape:a.spatialIndices.map(t=>e.shape[t]),chunks:a.spatialIndices.map(t=>e.chunks[t]),dtype:e.dtype};if(r?.datasets?.[e.index]?.coordinateTransformations){let n=r.datasets[e.index].coordinateTransformations,i=n.find(e=>e.type===`scale`&&e.scale);i?.scale&&(t.scales=a.spatialIndices.map(e=>i.scale[e]));let o=n.find(e=>e.type===`translation`&&e.translation);o?.translation&&(t.translations=a.spatialIndices.map(e=>o.translation[e]))}return t}),c=a.spatialIndices.length,l=c>=3;return console.log(`Zarr axis mapping: original ndim=${i}, spatial ndim=${c}, spatial indices=${JSON.stringify(a.spatialIndices)}, non-spatial=${JSON.stringify(a.nonSpatialAxes.map(e=>e.name))}`),{name:this.baseUrl,levels:s,is3D:l,ndim:c,axisMapping:a,spatialUnits:o}}buildAxisMapping(e,t,n){let r=[],i=[],a=[];if(n&&n.length===e)for(let e=0;e<n.length;e++){let o=n[e];o.type===`space`?(r.push(e),i.push(o.name.toLowerCase())):a.push({index:e,name:o.name,chunkSize:t[e],defaultChunkCoord:0})}else if(n===null&&console.warn(`No OME axes metadata found — inferring axis layout from array dimensions`),e<=3){let t=e===2?[`y`,`x`]:[`z`,`y`,`x`].slice(3-e);for(let n=0;n<e;n++)r.push(n),i.push(t[n])}else if(e===4)a.push({index:0,name:`c`,chunkSize:t[0],defaultChunkCoord:0}),r.push(1,2,3),i.push(`z`,`y`,`x`);else if(e===5)a.push({index:0,name:`t`,chunkSize:t[0],defaultChunkCoord:0}),a.push({index:1,name:`c`,chunkSize:t[1],defaultChunkCoord:0}),r.push(2,3,4),i.push(`z`,`y`,`x`);else{for(let n=0;n<e-3;n++)a.push({index:n,name:`dim${n}`,chunkSize:t[n],defaultChunkCoord:0});for(let t=e-3;t<e;t++)r.push(t),i.push([`z`,`y`,`x`][t-(e-3)])}return{originalNdim:e,spatialIndices:r,spatialAxisNames:i,nonSpatialAxes:a}}async openLevel(e){if(this.arrays.has(e))return this.arrays.get(e);let t=ka(this.store),n=this.levelPaths.get(e)??(e===0?`/`:`/${e}`);try{let r=await Q(t.resolve(n),{kind:`array`});return this.arrays.set(e,r),this.levelPaths.set(e,n),r}catch{if(e===0){let n=await Q(t,{kind:`array`});return this.arrays.set(e,n),this.levelPaths.set(e,`/`),n}throw Error(`Cannot open zarr array at level ${e}`)}}async fetchChunk(e,t,n,r,i,a){try{let o=await this.openLevel(e),s=this.axisMapping,c;if(s&&s.originalNdim>s.spatialIndices.length){c=Array(s.originalNdim).fill(0);for(let e of s.nonSpatialAxes)c[e.index]=i?.[e.name]??e.defaultChunkCoord;let e=r!==void 0&&s.spatialIndices.length>=3?[r,n,t]:[n,t];for(let t=0;t<e.length&&t<s.spatialIndices.length;t++)c[s.spatialIndices[t]]=e[t]}else c=r!==void 0&&o.shape.length>=3?[r,n,t]:[n,t];let l=(await o.getChunk(c,{signal:a})).data;if(s&&s.nonSpatialAxes.length>0){let e=s.spatialIndices.reduce((e,t)=>e*o.chunks[t],1);if(l.length>e){let t=0,n=l.length;for(let e=0;e<s.originalNdim;e++)n=Math.floor(n/o.chunks[e]),s.spatialIndices.includes(e)||(t+=0*n);l=l.subarray(t,t+e)}}return l}catch(i){return console.warn(`Failed to fetch chunk at level ${e}, x=${t}, y=${n}, z=${r}:`,i),null}}async fetchChunks(e,t,n){let r=new Map,i=n.map(async n=>{let i=await this.fetchChunk(t,n.x,n.y,n.z);if(i){let a=n.z===void 0?`${e}:${t}/${n.x}/${n.y}`:`${e}:${t}/${n.x}/${n.y}/${n.z}`;r.set(a,i)}});return await Promise.all(i),r}async fetchRegion(e,t){try{let n=await this.openLevel(e),r=this.axisMapping,i=[];if(r&&r.originalNdim>r.spatialIndices.length)for(let e=0;e<r.originalNdim;e++){let a=r.spatialIndices.indexOf(e);a===-1?i.push(0):r.spatialIndices.length>=3?a===0&&t.zStart!==void 0&&t.zEnd!==void 0?i.push(Z(t.zStart,t.zEnd)):a===1?i.push(Z(t.yStart,t.yEnd)):a===2?i.push(Z(t.xStart,t.xEnd)):i.push(Z(0,n.shape[e])):a===0?i.push(Z(t.yStart,t.yEnd)):i.push(Z(t.xStart,t.xEnd))}else t.zStart!==void 0&&t.zEnd!==void 0&&n.shape.length>=3?(i.push(Z(t.zStart,t.zEnd)),i.push(Z(t.yStart,t.yEnd)),i.push(Z(t.xStart,t.xEnd))):(i.push(Z(t.yStart,t.yEnd)),i.push(Z(t.xStart,t.xEnd)));let a=await ro(n,i);return{data:a.data,shape:a.shape}}catch(t){return console.warn(`Failed to fetch region at level ${e}:`,t),null}}getUrl(){return this.baseUrl}clearArrayCache(){this.arrays.clear(),this.levelPaths.clear()}},Oo=class{cache;loadingSet;maxChunks;constructor(e=500){this.cache=new Map,this.loadingSet=new Set,this.maxChunks=e}static getKey(e,t,n,r,i){return i===void 0?`${e}:${t}/${n}/${r}`:`${e}:${t}/${n}/${r}/${i}`}has(e){return this.cache.has(e)}get(e){let t=this.cache.get(e);return t&&(this.cache.delete(e),this.cache.set(e,t)),t}set(e,t){for(this.cache.has(e)&&this.cache.delete(e);this.cache.size>=this.maxChunks;){let e=this.cache.keys().next().value;if(e)this.cache.delete(e);else break}this.cache.set(e,t)}isLoading(e){return this.loadingSet.has(e)}startLoading(e){this.loadingSet.add(e)}doneLoading(e){this.loadingSet.delete(e)}get size(){return this.cache.size}get loadingCount(){return this.loadingSet.size}clear(){this.cache.clear(),this.loadingSet.clear()}delete(e){return this.loadingSet.delete(e),this.cache.delete(e)}keys(){return this.cache.keys()}};function ko(e){let t=e.toLowerCase().replace(/[<>|]/g,``);return t===`u1`||t===`uint8`?q.DT_UINT8:t===`i1`||t===`int8`?q.DT_INT8:t===`u2`||t===`uint16`?q.DT_UINT16:t===`i2`||t===`int16`?q.DT_INT16:t===`u4`||t===`uint32`?q.DT_UINT32:t===`i4`||t===`int32`?q.DT_INT32:t===`f4`||t===`float32`?q.DT_FLOAT32:t===`f8`||t===`float64`?q.DT_FLOAT64:(console.warn(`Unknown zarr dtype: ${e}, defaulting to uint8`),q.DT_UINT8)}function Ao(e){switch(e){case q.DT_UINT8:case q.DT_INT8:return 1;case q.DT_UINT16:case q.DT_INT16:return 2;case q.DT_UINT32:case q.DT_INT32:case q.DT_FLOAT32:return 4;case q.DT_FLOAT64:return 8;default:return 1}}function jo(e,t){switch(e){case q.DT_UINT8:case q.DT_INT8:return new Uint8Array(t);case q.DT_UINT16:return new Uint16Array(t);case q.DT_INT16:return new Int16Array(t);case q.DT_INT32:return new Int32Array(t);case q.DT_UINT32:return new Uint32Array(t);case q.DT_FLOAT32:return new Float32Array(t);case q.DT_FLOAT64:return new Float64Array(t);default:return new Uint8Array(t)}}function Mo(e,t){if(!t)return e;switch(t.toLowerCase()){case`micrometer`:case`um`:case`µm`:return e/1e3;case`nanometer`:case`nm`:return e/1e6;case`millimeter`:case`mm`:return e;case`centimeter`:case`cm`:return e*10;case`meter`:case`m`:return e*1e3;default:return e}}var No=class e{hostImage;chunkClient;chunkCache;pyramidInfo;datatypeCode;pyramidLevel;levelDims;volumeDims;chunkSize;voxelScales;voxelTranslations;hasTranslations;convertUnitsToMm;worldOffsetMM=[0,0,0];centerX;centerY;centerZ;channel;nonSpatialCoords={};isUpdating=!1;needsUpdate=!1;currentAbortController=null;runningMin=1/0;runningMax=-1/0;calibrationDone=!1;updateDebounceTimer=null;UPDATE_DEBOUNCE_MS=50;pendingChunkCount=0;lastRenderedChunkCount=0;centerAtDragStart=null;onChunksUpdated;onAllChunksLoaded;constructor(e){this.hostImage=e,this.chunkClient=null,this.chunkCache=null,this.pyramidInfo=null,this.datatypeCode=q.DT_UINT8,this.pyramidLevel=0,this.levelDims={width:0,height:0,depth:0},this.volumeDims={width:0,height:0,depth:0},this.chunkSize={width:0,height:0,depth:0},this.voxelScales={width:1,height:1,depth:1},this.voxelTranslations={width:0,height:0,depth:0},this.hasTranslations=!1,this.convertUnitsToMm=!0,this.centerX=0,this.centerY=0,this.centerZ=0,this.channel=0}static async create(t,n,r){let i=new e(t);i.chunkClient=new Do({baseUrl:n}),i.pyramidInfo=await i.chunkClient.fetchInfo(),i.chunkCache=new Oo(r.cacheSize??500);let a=r.maxTextureSize??2048,o=r.maxVolumeSize??256,s=i.pyramidInfo.levels[0].shape;i.volumeDims=s.every(e=>e<=o&&e<=a)?i.pyramidInfo.is3D&&s.length>=3?{depth:s[0],height:s[1],width:s[2]}:{height:s[0],width:s[1],depth:1}:{width:Math.min(o,a),height:Math.min(o,a),depth:Math.min(o,a)},i.datatypeCode=ko(i.pyramidInfo.levels[0].dtype),i.convertUnitsToMm=r.convertUnitsToMm??!0,i.channel=r.channel??0;let c=i.pyramidInfo.axisMapping;for(let e of c.nonSpatialAxes)e.name===`c`&&(i.nonSpatialCoords[e.name]=i.channel);return i.pyramidLevel=Math.max(0,Math.min(r.level,i.pyramidInfo.levels.length-1)),i.updateLevelInfo(),i.centerX=i.levelDims.width/2,i.centerY=i.levelDims.height/2,i.centerZ=i.levelDims.depth/2,i.configureHostImage(),i}async loadInitialChunks(){await this.updateVolume()}updateLevelInfo(){let e=this.pyramidInfo.levels[this.pyramidLevel],t=e.shape;this.levelDims=this.pyramidInfo.is3D&&t.length>=3?{depth:t[0],height:t[1],width:t[2]}:{height:t[0],width:t[1],depth:1};let n=e.chunks;this.chunkSize=this.pyramidInfo.is3D&&n.length>=3?{depth:n[0],height:n[1],width:n[2]}:{height:n[0],width:n[1],depth:1},e.scales?this.pyramidInfo.is3D&&e.scales.length>=3?this.voxelScales={depth:e.scales[0],height:e.scales[1],width:e.scales[2]}:e.scales.length>=2&&(this.voxelScales={height:e.scales[0],width:e.scales[1],depth:1}):this.voxelScales={width:1,height:1,depth:1},e.translations?(this.pyramidInfo.is3D&&e.translations.length>=3?this.voxelTranslations={depth:e.translations[0],height:e.translations[1],width:e.translations[2]}:e.translations.length>=2&&(this.voxelTranslations={height:e.translations[0],width:e.translations[1],depth:0}),this.hasTranslations=!0):(this.voxelTranslations={width:0,height:0,depth:0},this.hasTranslations=!1)}configureHostImage(){let{width:e,height:t,depth:n}=this.volumeDims,r=Ao(this.datatypeCode),{scaleW:i,scaleH:a,scaleD:o}=this.getConvertedScales(),s=new K;s.littleEndian=!0,s.dims=[3,e,t,n,1,0,0,0],s.pixDims=[1,i,a,o,1,0,0,0],s.datatypeCode=this.datatypeCode,s.numBitsPerVoxel=r*8,s.scl_inter=0,s.scl_slope=1,s.sform_code=2,s.magic=`n+1`,s.vox_offset=352,s.affine=[[1,0,0,0],[0,1,0,0],[0,0,1,0],[0,0,0,1]];let c=this.hostImage;c.name=`zarr:${this.pyramidInfo.name}`,c.id=De(),c._colormap=`gray`,c._opacity=1,c.hdr=s,c.nFrame4D=1,c.frame4D=0,c.nTotalFrame4D=1,c.nVox3D=e*t*n,c.dims=[e,t,n],c.pixDims=[i,a,o],c.img=jo(this.datatypeCode,e*t*n),this.updateAffine(),c.originalAffine=Eo(s.affine),c.cal_min=0,c.cal_max=0,c.robust_min=0,c.robust_max=0,c.global_min=0,c.global_max=0}getConvertedScales(){let e=this.pyramidInfo.spatialUnits,t=this.voxelScales.depth,n=this.voxelScales.height,r=this.voxelScales.width;return this.convertUnitsToMm&&e&&(e.length>=3?(t=Mo(t,e[0]),n=Mo(n,e[1]),r=Mo(r,e[2])):e.length>=2&&(n=Mo(n,e[0]),r=Mo(r,e[1]))),{scaleW:r,scaleH:n,scaleD:t}}getConvertedTranslations(){let e=this.pyramidInfo.spatialUnits,t=this.voxelTranslations.depth,n=this.voxelTranslations.height,r=this.voxelTranslations.width;return this.convertUnitsToMm&&e&&(e.length>=3?(t=Mo(t,e[0]),n=Mo(n,e[1]),r=Mo(r,e[2])):e.length>=2&&(n=Mo(n,e[0]),r=Mo(r,e[1]))),{transW:r,transH:n,transD:t}}updateAffine(){let e=this.hostImage.hdr;if(!e)return;let{width:t,height:n,depth:r}=this.volumeDims,i=this.pyramidInfo.axisMapping.spatialAxisNames;if(this.hasTranslations&&i.length>=3){let{scaleW:a,scaleH:o,scaleD:s}=this.getConvertedScales(),{transW:c,transH:l,transD:u}=this.getConvertedTranslations(),d=this.centerX-t/2,f=this.centerY-n/2,p=this.centerZ-r/2,m=[{name:i[i.length-1],scale:a,trans:c+d*a},{name:i[i.length-2],scale:o,trans:l+f*o},{name:i[i.length-3],scale:s,trans:u+p*s}],h=[[0,0,0,0],[0,0,0,0],[0,0,0,0],[0,0,0,1]];for(let e=0;e<3;e++){let t=m[e].name===`x`?0:m[e].name===`y`?1:2;h[t][e]=m[e].scale,h[t][3]=m[e].trans}h[0][3]+=this.worldOffsetMM[0],h[1][3]+=this.worldOffsetMM[1],h[2][3]+=this.worldOffsetMM[2],e.affine=h}else{let{scaleW:a,scaleH:o,scaleD:s}=this.getConvertedScales(),c=this.centerX-t/2,l=this.centerY-n/2,u=this.centerZ-r/2;if(i.length>=2){let t=[{name:i[i.length-1],scale:a,trans:c*a},{name:i[i.length-2],scale:o,trans:l*o},{name:`z`,scale:s,trans:u*s}],n=[[0,0,0,0],[0,0,0,0],[0,0,0,0],[0,0,0,1]];for(let e=0;e<3;e++){let r=t[e].name===`x`?0:t[e].name===`y`?1:2;n[r][e]=t[e].scale,n[r][3]=t[e].trans}n[0][3]+=this.worldOffsetMM[0],n[1][3]+=this.worldOffsetMM[1],n[2][3]+=this.worldOffsetMM[2],e.affine=n}else e.affine=[[a,0,0,c*a+this.worldOffsetMM[0]],[0,-o,0,l*o+this.worldOffsetMM[1]],[0,0,-s,u*s+this.worldOffsetMM[2]],[0,0,0,1]]}this.hostImage.calculateRAS(),this.hostImage.originalAffine=Eo(this.hostImage.hdr.affine)}beginDrag(){this.centerAtDragStart={x:this.centerX,y:this.centerY,z:this.centerZ}}endDrag(){this.centerAtDragStart=null}async panBy(e,t,n=0){this.centerX-=e,this.centerY-=t,this.centerZ-=n,this.clampCenter(),this.updateAffine(),await this.updateVolume()}async panTo(e,t,n){let r=this.centerX,i=this.centerY,a=this.centerZ;this.centerX=e,this.centerY=t,n!==void 0&&(this.centerZ=n),this.clampCenter(),Math.abs(this.centerX-r)<.001&&Math.abs(this.centerY-i)<.001&&Math.abs(this.centerZ-a)<.001||(this.updateAffine(),await this.updateVolume())}async setPyramidLevel(e){let t=Math.max(0,Math.min(this.pyramidInfo.levels.length-1,e));if(t===this.pyramidLevel)return;let n=this.levelDims;this.pyramidLevel=t,this.updateLevelInfo();let r=this.levelDims;this.centerX=this.centerX/n.width*r.width,this.centerY=this.centerY/n.height*r.height,this.centerZ=this.centerZ/n.depth*r.depth,this.clampCenter(),this.updateAffine(),await this.updateVolume()}getViewportState(){return{centerX:this.centerX,centerY:this.centerY,centerZ:this.centerZ,level:this.pyramidLevel}}getPyramidInfo(){return this.pyramidInfo}getPyramidLevel(){return this.pyramidLevel}getLevelDims(){return{...this.levelDims}}getVolumeDims(){return{...this.volumeDims}}getWorldOffset(){return[...this.worldOffsetMM]}setWorldCenter(e){let{scaleW:t,scaleH:n,scaleD:r}=this.getConvertedScales(),{transW:i,transH:a,transD:o}=this.getConvertedTranslations(),s=this.pyramidInfo.axisMapping.spatialAxisNames,c=this.levelDims.width/2*t+i,l=this.levelDims.height/2*n+a,u=this.levelDims.depth/2*r+o,d=[0,0,0],f=[{name:s[s.length-1],phys:c},{name:s[s.length-2],phys:l},{name:s.length>=3?s[s.length-3]:`z`,phys:u}];for(let e of f){let t=e.name===`x`?0:e.name===`y`?1:2;d[t]=e.phys}this.worldOffsetMM=[e[0]-d[0],e[1]-d[1],e[2]-d[2]],this.centerX=this.levelDims.width/2,this.centerY=this.levelDims.height/2,this.centerZ=this.levelDims.depth/2,this.clampCenter(),this.updateAffine()}mmToLevelCoords(e,t,n){e-=this.worldOffsetMM[0],t-=this.worldOffsetMM[1],n-=this.worldOffsetMM[2];let{scaleW:r,scaleH:i,scaleD:a}=this.getConvertedScales(),o=this.pyramidInfo.axisMapping.spatialAxisNames,s={x:e,y:t,z:n},c=0,l=0,u=0;if(o.length>=2){let d=o[o.length-1],f=o[o.length-2],p=o.length>=3?o[o.length-3]:`z`,m=s[d]??e,h=s[f]??t,g=s[p]??n;if(this.hasTranslations){let{transW:e,transH:t,transD:n}=this.getConvertedTranslations();c=r===0?0:(m-e)/r,l=i===0?0:(h-t)/i,u=a===0?0:(g-n)/a}else c=r===0?0:m/r,l=i===0?0:h/i,u=a===0?0:g/a}else if(this.hasTranslations){let{transW:o,transH:s,transD:d}=this.getConvertedTranslations();c=r===0?0:(e-o)/r,l=i===0?0:(t-s)/i,u=a===0?0:(n-d)/a}else c=r===0?0:e/r,l=i===0?0:t/i,u=a===0?0:n/a;return{width:Math.round(c),height:Math.round(l),depth:Math.round(u),level:this.pyramidLevel,levelDims:{...this.levelDims}}}clampCenter(){let e=this.volumeDims.width/2,t=this.volumeDims.height/2,n=this.volumeDims.depth/2;this.centerX=Math.max(-e,Math.min(this.levelDims.width+e,this.centerX)),this.centerY=Math.max(-t,Math.min(this.levelDims.height+t,this.centerY)),this.centerZ=Math.max(-n,Math.min(this.levelDims.depth+n,this.centerZ))}getVisibleChunks(){let e=1e3,{width:t,height:n,depth:r}=this.volumeDims,i=this.pyramidLevel,a=Math.max(0,Math.floor(this.centerX-t/2)),o=Math.min(this.levelDims.width,Math.ceil(this.centerX+t/2)),s=Math.max(0,Math.floor(this.centerY-n/2)),c=Math.min(this.levelDims.height,Math.ceil(this.centerY+n/2)),l=Math.max(0,Math.floor(this.centerZ-r/2)),u=Math.min(this.levelDims.depth,Math.ceil(this.centerZ+r/2)),d=Math.max(0,Math.floor(a/this.chunkSize.width)),f=Math.max(0,Math.floor(s/this.chunkSize.height)),p=Math.max(0,Math.floor(l/this.chunkSize.depth)),m=Math.min(Math.ceil(this.levelDims.width/this.chunkSize.width),Math.ceil(o/this.chunkSize.width)),h=Math.min(Math.ceil(this.levelDims.height/this.chunkSize.height),Math.ceil(c/this.chunkSize.height)),g=Math.min(Math.ceil(this.levelDims.depth/this.chunkSize.depth),Math.ceil(u/this.chunkSize.depth)),_=[];for(let t=p;t<g;t++){for(let n=f;n<h;n++){for(let r=d;r<m&&(this.pyramidInfo.is3D?_.push({level:i,x:r,y:n,z:t}):_.push({level:i,x:r,y:n}),!(_.length>=e));r++);if(_.length>=e)break}if(_.length>=e)break}let v=(d+m)/2,y=(f+h)/2,b=(p+g)/2;return _.sort((e,t)=>(e.x-v)**2+(e.y-y)**2+((e.z??0)-b)**2-((t.x-v)**2+(t.y-y)**2+((t.z??0)-b)**2)),_}async updateVolume(){if(this.isUpdating)this.needsUpdate=!0,this.currentAbortController?.abort();else{this.isUpdating=!0;try{do{this.needsUpdate=!1,this.currentAbortController?.abort();let e=new AbortController;this.currentAbortController=e,await new Promise(e=>{requestAnimationFrame(()=>e())}),this.needsUpdate||(this.clearVolumeData(),await this.assembleVisibleChunks(e.signal))}while(this.needsUpdate)}finally{this.isUpdating=!1}}}clearVolumeData(){let e=this.hostImage.img;if(e.fill)e.fill(0);else for(let t=0;t<e.length;t++)e[t]=0;this.pendingChunkCount=0,this.lastRenderedChunkCount=0,this.updateDebounceTimer!==null&&(clearTimeout(this.updateDebounceTimer),this.updateDebounceTimer=null)}async assembleVisibleChunks(e){let t=this.getVisibleChunks(),n=this.pyramidInfo.name,r=this.pyramidLevel,i=[],a=[];for(let e of t){let t=Oo.getKey(n,e.level,e.x,e.y,e.z);this.chunkCache.has(t)?i.push(e):this.chunkCache.isLoading(t)||a.push(e)}for(let e of i){let t=Oo.getKey(n,e.level,e.x,e.y,e.z),r=this.chunkCache.get(t);r&&(this.assembleChunkIntoVolume(e,r),this.pendingChunkCount++)}if(i.length>0&&(this.updateCalibration(),this.onChunksUpdated?.()),a.length>0){let t=a.map(async t=>{let i=Oo.getKey(n,t.level,t.x,t.y,t.z);this.chunkCache.startLoading(i);try{let n=await this.chunkClient.fetchChunk(t.level,t.x,t.y,t.z,this.nonSpatialCoords,e);if(this.chunkCache.doneLoading(i),e?.aborted)return;n&&(this.chunkCache.set(i,n),this.pyramidLevel===r&&(this.assembleChunkIntoVolume(t,n),this.pendingChunkCount++,this.scheduleChunksUpdated()))}catch(e){if(this.chunkCache.doneLoading(i),e instanceof DOMException&&e.name===`AbortError`)return;console.warn(`Failed to fetch chunk ${i}:`,e)}});await Promise.all(t),this.updateDebounceTimer!==null&&(clearTimeout(this.updateDebounceTimer),this.updateDebounceTimer=null),this.pendingChunkCount>this.lastRenderedChunkCount&&(this.lastRenderedChunkCount=this.pendingChunkCount,this.updateCalibration(),this.onChunksUpdated?.()),this.onAllChunksLoaded?.()}}assembleChunkIntoVolume(e,t){let{width:n,height:r,depth:i}=this.volumeDims,a=this.hostImage.img,o=e.x*this.chunkSize.width,s=e.y*this.chunkSize.height,c=(e.z??0)*this.chunkSize.depth,l=this.centerX-n/2,u=this.centerY-r/2,d=this.centerZ-i/2,f=Math.round(o-l),p=Math.round(s-u),m=Math.round(c-d),h=Math.min(this.chunkSize.width,this.levelDims.width-o),g=Math.min(this.chunkSize.height,this.levelDims.height-s),_=Math.min(this.chunkSize.depth,this.levelDims.depth-c);if(h<=0||g<=0||_<=0)return;if(!this.calibrationDone){let e=Math.max(1,Math.floor(t.length/2e3));for(let n=0;n<t.length;n+=e){let e=t[n];e<this.runningMin&&(this.runningMin=e),e>this.runningMax&&(this.runningMax=e)}}let v=this.chunkSize.width*this.chunkSize.height*this.chunkSize.depth,y=t.length>=v?this.chunkSize.width:h,b=t.length>=v?this.chunkSize.height:g;for(let e=0;e<_;e++){let o=m+e;if(!(o<0||o>=i))for(let i=0;i<g;i++){let s=p+i;if(!(s<0||s>=r))for(let c=0;c<h;c++){let l=f+c;if(l<0||l>=n)continue;let u=e*b*y+i*y+c,d=l+s*n+o*n*r;u>=0&&u<t.length&&d>=0&&d<a.length&&(a[d]=t[u])}}}}updateCalibration(){this.calibrationDone||this.runningMin<1/0&&this.runningMax>-1/0&&(this.hostImage.cal_min=this.runningMin,this.hostImage.cal_max=this.runningMax,this.hostImage.robust_min=this.runningMin,this.hostImage.robust_max=this.runningMax,this.hostImage.global_min=this.runningMin,this.hostImage.global_max=this.runningMax,this.calibrationDone=!0)}scheduleChunksUpdated(){this.pendingChunkCount!==this.lastRenderedChunkCount&&(this.updateDebounceTimer!==null&&clearTimeout(this.updateDebounceTimer),this.updateDebounceTimer=setTimeout(()=>{this.updateDebounceTimer=null,this.lastRenderedChunkCount=this.pendingChunkCount,this.updateCalibration(),this.onChunksUpdated?.()},this.UPDATE_DEBOUNCE_MS))}clearCache(){this.chunkCache.clear()}async refresh(){await this.updateVolume()}},Po=class e{name;id;url;headers;_colormap;_opacity;percentileFrac;ignoreZeroVoxels;trustCalMinMax;colormapNegative;colormapLabel;colormapInvert;nFrame4D;frame4D;nTotalFrame4D;cal_minNeg;cal_maxNeg;colorbarVisible=!0;modulationImage=null;modulateAlpha=0;series=[];nVox3D;oblique_angle;maxShearDeg;useQFormNotSForm;colormapType;pixDims;matRAS;pixDimsRAS;obliqueRAS;dimsRAS;permRAS;img2RASstep;img2RASstart;toRAS;toRASvox;frac2mm;frac2mmOrtho;extentsMinOrtho;extentsMaxOrtho;mm2ortho;hdr=null;extensions;imageType;img;imaginary;v1;fileObject;dims;onColormapChange=()=>{};onOpacityChange=()=>{};zarrHelper=null;_hasExplicitZarrCenter=!1;mm000;mm100;mm010;mm001;cal_min;cal_max;robust_min;robust_max;global_min;global_max;urlImgData;isManifest;limitFrames4D;originalAffine;constructor(e=null,t=``,n=`gray`,r=1,i=null,a=NaN,o=NaN,s=!0,c=.02,l=!1,u=!1,d=``,f=0,p=Y.UNKNOWN,m=NaN,h=NaN,g=!0,_=null,v=0){this.init(e,t,n,r,i,a,o,s,c,l,u,d,f,p,m,h,g,_,v)}init(e=null,t=``,n=``,r=1,i=null,a=NaN,o=NaN,s=!0,c=.02,l=!1,u=!1,d=``,f=0,p=Y.UNKNOWN,m=NaN,h=NaN,g=!0,_=null,v=0,y=null){let b=n===``;if(b&&(n=`gray`),this.name=t,this.imageType=p,this.id=De(),this._colormap=n,this._opacity=r>1?1:r,this.percentileFrac=c,this.ignoreZeroVoxels=l,this.trustCalMinMax=s,this.colormapNegative=d,this.colormapLabel=_,this.frame4D=f,this.cal_minNeg=m,this.cal_maxNeg=h,this.colorbarVisible=g,this.colormapType=v,this.useQFormNotSForm=u,!e)return;if(b&&this.hdr&&this.hdr.intent_code===1002&&(n=`random`,this._colormap=n),this.hdr&&typeof this.hdr.magic==`number`&&(this.hdr.magic=`n+1`),this.nFrame4D=1,this.hdr)for(let e=4;e<7;e++)this.hdr.dims[e]>1&&(this.nFrame4D*=this.hdr.dims[e]);if(this.frame4D=Math.min(this.frame4D,this.nFrame4D-1),this.nTotalFrame4D=this.nFrame4D,!this.hdr||!y)return;this.hdr.dims[1]===0&&this.hdr.dims[2]===0&&this.hdr.dims[3]===0&&R.warn(`Invalid volume: First three dimensions are all zero`),this.hdr.dims[1]=Math.max(this.hdr.dims[1],1),this.hdr.dims[2]=Math.max(this.hdr.dims[2],1),this.hdr.dims[3]=Math.max(this.hdr.dims[3],1),this.nVox3D=this.hdr.dims[1]*this.hdr.dims[2]*this.hdr.dims[3];let x=this.nVox3D*(this.hdr.numBitsPerVoxel/8),S=y.byteLength/x;S!==this.nFrame4D&&(S>0&&S*x===y.byteLength?R.debug(`Loading the first `+S+` of `+this.nFrame4D+` volumes`):R.warn(`This header does not match voxel data`,this.hdr,y.byteLength),this.nFrame4D=S),(this.hdr.intent_code===ar.NIFTI_INTENT_VECTOR||this.hdr.intent_code===ar.NIFTI_INTENT_RGB_VECTOR)&&this.nFrame4D===3&&this.hdr.datatypeCode===q.DT_FLOAT32&&(y=this.float32V1asRGBA(new Float32Array(y)).buffer),Mi(this.hdr,u),Ei(y,this.hdr);let C=Di(y,this.hdr);this.img=C.img,C.imaginary&&(this.imaginary=C.imaginary),C.updatedDatatypeCode!==void 0&&(this.hdr.datatypeCode=C.updatedDatatypeCode),C.updatedNumBitsPerVoxel!==void 0&&(this.hdr.numBitsPerVoxel=C.updatedNumBitsPerVoxel),this.calculateRAS(),this.originalAffine=Eo(this.hdr.affine),isNaN(a)||(this.hdr.cal_min=a),isNaN(o)||(this.hdr.cal_max=o),this.calMinMax()}static async new(t=null,n=``,r=``,i=1,a=null,o=NaN,s=NaN,c=!0,l=.02,u=!1,d=!1,f=``,p=0,m=Y.UNKNOWN,h=NaN,g=NaN,_=!0,v=null,y=0,b){let x=new e,S=/(?:\.([^.]+))?$/,C=S.exec(n)[1]||``;C=C.toUpperCase(),C===`GZ`&&(C=S.exec(n.slice(0,-3))[1],C=C.toUpperCase());let w=null;if(m===Y.UNKNOWN&&(m=Y.parse(C)),t instanceof ArrayBuffer&&t.byteLength>=2&&m===Y.DCM){let e=new Uint8Array(t);(e[0]===92&&e[1]===1||e[1]===92&&e[0]===1)&&(m=Y.NII)}switch(x.imageType=m,m){case Y.DCM_FOLDER:case Y.DCM_MANIFEST:case Y.DCM:return;case Y.FIB:[w,x.v1]=await Dr(x,t);break;case Y.MIH:case Y.MIF:w=await Lr(x,t,a);break;case Y.NHDR:case Y.NRRD:if(w=await zr(x,t),w===null)throw Error(`Failed to parse NHDR/NRRD file ${n}`);break;case Y.MHD:case Y.MHA:w=await Mr(x,t,a);break;case Y.MGH:case Y.MGZ:if(w=await Ir(x,t,n),w===null)throw Error(`Failed to parse MGH/MGZ file ${n}`);break;case Y.SRC:w=await Or(x,t);break;case Y.V:w=kr(x,t);break;case Y.V16:w=Tr(x,t);break;case Y.VMR:w=Er(x,t);break;case Y.HEAD:w=await wr(x,t,a);break;case Y.BMP:w=await jr(x,t);break;case Y.NPY:w=await Hr(x,t);break;case Y.NPZ:w=await Ur(x,t);break;case Y.ZARR:w=await Gr(x,t,b);break;case Y.NII:if(w=await Rr(x,t,a),w===null)throw Error(`Failed to parse NIfTI file ${n}.`);break;default:throw Error(`Image type not supported`)}return x.init(t,n,r,i,a,o,s,c,l,u,d,f,p,m,h,g,_,v,y,w),x}computeObliqueAngle(e){return $r(e)}float32V1asRGBA(e){return ii(this,e)}loadImgV1(e=!1,t=!1,n=!1){return ai(this,e,t,n)}calculateOblique(){ei(this)}readECAT(e){return kr(this,e)}readV16(e){return Tr(this,e)}async readNPY(e){return Hr(this,e)}async readNPZ(e){return Ur(this,e)}async imageDataFromArrayBuffer(e){return Ar(e)}async readBMP(e){return jr(this,e)}async readZARR(e,t){return Gr(this,e,t)}readVMR(e){return Er(this,e)}async readFIB(e){return Dr(this,e)}async readSRC(e){return Or(this,e)}async readHEAD(e,t){return wr(this,e,t)}async readMHA(e,t){return Mr(this,e,t)}async readMIF(e,t){return Lr(this,e,t)}calculateRAS(){ti(this)}getAffine(){if(!this.hdr)throw Error(`Image header not loaded`);return Eo(this.hdr.affine)}setAffine(e){if(!this.hdr)throw Error(`Image header not loaded`);this.hdr.affine=Eo(e),this.calculateRAS()}applyTransform(e){if(!this.hdr)throw Error(`Image header not loaded`);let t=So(e),n=To(this.hdr.affine,t);this.hdr.affine=n,this.calculateRAS()}resetAffine(){if(!this.hdr)throw Error(`Image header not loaded`);if(!this.originalAffine)throw Error(`Original affine not stored`);this.hdr.affine=Eo(this.originalAffine),this.calculateRAS()}async hdr2RAS(e=1){return ni(this,e)}img2RAS(e=0){return ri(this,e)}vox2mm(e,t){return Kr(this,e,t)}mm2vox(e,t=!1){return qr(this,e,t)}arrayEquals(e,t){return Qr(e,t)}setColormap(e){li(this,e)}setColormapLabel(e){ui(this,e)}async setColormapLabelFromUrl(e){return di(this,e)}get colormap(){return fi(this)}get colorMap(){return fi(this)}set colormap(e){li(this,e)}set colorMap(e){li(this,e)}get opacity(){return pi(this)}set opacity(e){mi(this,e)}calMinMax(e=1/0,t=!0){return ci(this,e,t)}intensityRaw2Scaled(e){return oi(this,e)}intensityScaled2Raw(e){return si(this,e)}async saveToUint8Array(e,t=null){return hr(this,e,t)}async saveToDisk(e=``,t=null){return gr(this,e,t)}static async fetchDicomData(e,t={}){return hi(e,t)}static async readFirstDecompressedBytes(e,t){return gi(e,t)}static extractFilenameFromUrl(e){return _i(e)}static async loadInitialVolumesGz(e=``,t={},n=NaN){return vi(e,t,n)}static async loadInitialVolumes(e=``,t={},n=NaN){return yi(e,t,n)}static async loadFromUrl({url:t=``,urlImgData:n=``,headers:r={},name:i=``,colormap:a=``,opacity:o=1,cal_min:s=NaN,cal_max:c=NaN,trustCalMinMax:l=!0,percentileFrac:u=.02,ignoreZeroVoxels:d=!1,useQFormNotSForm:f=!1,colormapNegative:p=``,frame4D:m=0,isManifest:h=!1,limitFrames4D:g=NaN,imageType:_=Y.UNKNOWN,colorbarVisible:v=!0,buffer:y=new ArrayBuffer(0),zarrLevel:b,zarrMaxVolumeSize:x,zarrChannel:S,zarrConvertUnits:C,zarrCenterMM:w}={}){if(t===``)throw Error(`url must not be empty`);let T=null,E=null,D=null;if(t instanceof Uint8Array&&(t=t.slice().buffer),y.byteLength>0&&(t=y),t instanceof ArrayBuffer){if(E=t,i!==``)t=i;else{let e=new Uint8Array(E);t=e[0]===31&&e[1]===139?`array.nii.gz`:`array.nii`}}let O=``;if(O=Si(i===``?t:i),_===Y.UNKNOWN&&(_=Y.parse(O)),_===Y.UNKNOWN&&typeof t==`string`){let e=await fetch(t,{});if(e.redirected){let t=this.extractFilenameFromUrl(e.url);t&&t.length>0&&i===``&&(i=t,O=Si(i),_=Y.parse(O))}}if(_===Y.ZARR){if(b!==void 0)return await e.createChunkedZarr(t,{level:b,maxVolumeSize:x,channel:S,convertUnitsToMm:C,colormap:a,opacity:o,zarrCenterMM:w});let n=await go(t);E=n.dataBuffer,D=n.zarrData}let k=_===Y.DCM||Y.NII;!E&&k&&(E=await this.loadInitialVolumes(t,r,g)),E||(h?(E=await e.fetchDicomData(t,r),_=Y.DCM_MANIFEST):E=await _o(t,r));let A=vo(t,O.toUpperCase(),n),j=null;if(A&&(j=await yo(A,r)),!E)throw Error(`Unable to load buffer properly from volume`);if(!i){let e;try{e=new URL(t).pathname.split(`/`)}catch{e=t.split(`/`)}i=e.slice(-1)[0],i.indexOf(`?`)>-1&&(i=i.slice(0,i.indexOf(`?`)))}return T=await this.new(E,i,a,o,j,s,c,l,u,d,f,p,m,_,NaN,NaN,!0,null,0,D),T.url=t,T.colorbarVisible=v,T}static async createChunkedZarr(t,n){let r=new e;return r.zarrHelper=await No.create(r,t,{url:t,level:n.level,maxVolumeSize:n.maxVolumeSize,maxTextureSize:n.maxTextureSize,channel:n.channel,cacheSize:n.cacheSize,convertUnitsToMm:n.convertUnitsToMm}),n.zarrCenterMM&&(r.zarrHelper.setWorldCenter(n.zarrCenterMM),r._hasExplicitZarrCenter=!0),n.colormap&&(r._colormap=n.colormap),n.opacity!==void 0&&(r._opacity=n.opacity),r.url=t,r}static async readFileAsync(e,t=NaN){return bi(e,t)}static async loadFromFile({file:e,name:t=``,colormap:n=``,opacity:r=1,urlImgData:i=null,cal_min:a=NaN,cal_max:o=NaN,trustCalMinMax:s=!0,percentileFrac:c=.02,ignoreZeroVoxels:l=!1,useQFormNotSForm:u=!1,colormapNegative:d=``,frame4D:f=0,limitFrames4D:p=NaN,imageType:m=Y.UNKNOWN}){let h=null,g=[];try{if(Array.isArray(e))g=await Promise.all(e.map(e=>this.readFileAsync(e)));else{if(isNaN(p))g=await this.readFileAsync(e);else{let t=await this.readFileAsync(e,512),n=new Uint8Array(t);if(!(n[0]===92&&n[1]===1||n[1]===92&&n[0]===1))g=await this.readFileAsync(e);else{let n=await tr(t);if(!n)throw Error(`could not read nifti header`);let r=n.numBitsPerVoxel/8,i=[1,2,3].reduce((e,t)=>e*(n.dims[t]>1?n.dims[t]:1),1),a=[4,5,6].reduce((e,t)=>e*(n.dims[t]>1?n.dims[t]:1),1),o=Math.max(Math.min(p,a),1),s=n.vox_offset+o*i*r;g=await this.readFileAsync(e,s)}}t=e.name}let _=null;i&&(_=await this.readFileAsync(i)),h=await this.new(g,t,n,r,_,a,o,s,c,l,u,d,f,m,NaN,NaN,!0,null,0,null),h.fileObject=e}catch(e){throw R.error(e),Error(`could not build NVImage`)}if(h===null)throw Error(`could not build NVImage`);return h}static createNiftiArray(e=[256,256,256],t=[1,1,1],n=[1,0,0,-128,0,1,0,-128,0,0,1,-128,0,0,0,1],r=q.DT_UINT8,i=new Uint8Array){return pr(e,t,n,r,i)}static createNiftiHeader(e=[256,256,256],t=[1,1,1],n=[1,0,0,-128,0,1,0,-128,0,0,1,-128,0,0,0,1],r=q.DT_UINT8){return fr(e,t,n,r)}getVolumeData(e=[-1,0,0],t=[0,0,0],n=`same`){return yr(this,e,t,n)}setVolumeData(e=[-1,0,0],t=[0,0,0],n=new Uint8Array){br(this,e,t,n)}static async loadFromBase64({base64:e,name:t=``,colormap:n=``,opacity:r=1,cal_min:i=NaN,cal_max:a=NaN,trustCalMinMax:o=!0,percentileFrac:s=.02,ignoreZeroVoxels:c=!1,useQFormNotSForm:l=!1,colormapNegative:u=``,frame4D:d=0,imageType:f=Y.UNKNOWN,cal_minNeg:p=NaN,cal_maxNeg:m=NaN,colorbarVisible:h=!0,colormapLabel:g=null}){let _=null;try{let v=xi(e);_=await this.new(v,t,n,r,null,i,a,o,s,c,l,u,d,f,p,m,h,g,0,null)}catch(e){R.debug(e)}if(_===null)throw Error(`could not load NVImage`);return _}clone(){let t=new e;return t.id=De(),t.hdr=Object.assign({},this.hdr),t.img=this.img.slice(),t.calculateRAS(),t.calMinMax(),t}zeroImage(){this.img.fill(0)}getImageMetadata(){return Ci(this)}static zerosLike(e,t=`same`){let n=e.clone();return n.zeroImage(),t===`uint8`&&(n.img=Uint8Array.from(n.img),n.hdr.datatypeCode=q.DT_UINT8,n.hdr.numBitsPerVoxel=8),t===`float32`&&(n.img=Float32Array.from(n.img),n.hdr.datatypeCode=q.DT_FLOAT32,n.hdr.numBitsPerVoxel=32),n}getValue(e,t,n,r=0,i=!1){return vr(this,e,t,n,r,i)}getValues(e,t,n,r=0,i=!1){return _r(this,e,t,n,r,i)}applyOptionsUpdate(e){Ti(this,e)}getImageOptions(){return wi(this)}toUint8Array(e=null){return mr(this,e)}convertVox2Frac(e){return Jr(this,e)}convertFrac2Vox(e){return Yr(this,e)}convertFrac2MM(e,t=!1){return Xr(this,e,t)}convertMM2Frac(e,t=!1){return Zr(this,e,t)}},{defineProperty:Fo}=Object,Io=typeof self==`object`?self:globalThis,Lo=(e,t)=>{switch(e){case`Function`:case`SharedWorker`:case`Worker`:case`eval`:case`setInterval`:case`setTimeout`:throw TypeError(`unable to deserialize `+e)}return new Io[e](t)},Ro=(e,t)=>{let n=(t,n)=>(e.set(n,t),t),r=i=>{if(e.has(i))return e.get(i);let[a,o]=t[i];switch(a){case 0:case-1:return n(o,i);case 1:{let e=n([],i);for(let t of o)e.push(r(t));return e}case 2:{let e=n({},i);for(let[t,n]of o){let i=r(t),a=r(n);i===`__proto__`?Fo(e,i,{value:a,configurable:!0,enumerable:!0,writable:!0}):e[i]=a}return e}case 3:return n(new Date(o),i);case 4:{let{source:e,flags:t}=o;return n(new RegExp(e,t),i)}case 5:{let e=n(new Map,i);for(let[t,n]of o)e.set(r(t),r(n));return e}case 6:{let e=n(new Set,i);for(let t of o)e.add(r(t));return e}case 7:{let{name:e,message:t}=o;return n(typeof Io[e]==`function`?Lo(e,t):Error(t),i)}case 8:return n(BigInt(o),i);case`BigInt`:return n(Object(BigInt(o)),i);case`ArrayBuffer`:return n(new Uint8Array(o).buffer,o);case`DataView`:{let{buffer:e}=new Uint8Array(o);return n(new DataView(e),o)}case`-0`:return-0}return n(Lo(a,o),i)};return r},zo=e=>Ro(new Map,e)(0);function Bo(e){return typeof e==`number`&&Number.isFinite(e)}function Vo(e,t=12){if(!Bo(e))return e;let n=1e-9*Math.max(1,Math.abs(e)),r=Number(e.toFixed(t));return Math.abs(e-r)<=n?r:e}function Ho(e,t=12){return e.map(e=>Array.isArray(e)?Ho(e,t):Bo(e)?Vo(e,t):e)}function Uo(e,t){return typeof t==`number`?Number.isNaN(t)?`NaN`:t===1/0?`infinity`:t===-1/0?`-infinity`:t:t}function Wo(e){if(e!=null){if(Array.isArray(e))return e.slice();if(ArrayBuffer.isView(e))try{return Array.from(e)}catch{}if(typeof e==`object`){if(Array.isArray(e.data))return e.data.slice();if(e.buffer&&Array.isArray(e.buffer.data))return e.buffer.data.slice();let t=Object.keys(e).filter(e=>/^\d+$/.test(e)).map(e=>Number(e)).sort((e,t)=>e-t);if(t.length>0)try{return t.map(t=>e[String(t)])}catch{}for(let t of[`_data`,`source`,`values`,`elements`,`items`])if(Array.isArray(e[t]))return e[t].slice()}try{let t=Array.from(e);if(Array.isArray(t))return t}catch{}}}function Go(e){if(!e||typeof e!=`object`)return e;let t={...e||{}};if((t.pts===void 0||t.pts===null)&&(t.vertices!==void 0||t.positions!==void 0||t.verts!==void 0)){let e=[t.vertices,t.positions,t.verts];for(let n of e){let e=Wo(n);if(e&&e.length>0){t.pts=Ho(e);break}}}else if(t.pts!=null&&!Array.isArray(t.pts)&&ArrayBuffer.isView(t.pts)){let e=Wo(t.pts);e&&(t.pts=Ho(e))}else Array.isArray(t.pts)&&(t.pts=Ho(t.pts));if((t.tris===void 0||t.tris===null)&&(t.indices!==void 0||t.faces!==void 0||t.cells!==void 0)){let e=[t.indices,t.faces,t.cells];for(let n of e){let e=Wo(n);if(e&&e.length>0){t.tris=e;break}}}else if(t.tris!=null&&!Array.isArray(t.tris)&&ArrayBuffer.isView(t.tris)){let e=Wo(t.tris);e&&(t.tris=e)}if((t.rgba255===void 0||t.rgba255===null)&&(t.rgba!==void 0||t.color!==void 0||t.colors!==void 0)){let e=[t.rgba,t.color,t.colors];for(let n of e){let e=Wo(n);if(e&&e.length>0){t.rgba255=e;break}}}else if(t.rgba255!=null&&!Array.isArray(t.rgba255)&&ArrayBuffer.isView(t.rgba255)){let e=Wo(t.rgba255);e&&(t.rgba255=e)}if(t.offsetPt0!=null&&!Array.isArray(t.offsetPt0)){let e=Wo(t.offsetPt0);e&&(t.offsetPt0=e)}return Array.isArray(t.nodes)&&(t.nodes=t.nodes.length>0&&typeof t.nodes[0]==`object`?t.nodes.map(e=>({...e})):t.nodes.slice()),Array.isArray(t.edges)&&(t.edges=t.edges.length>0&&typeof t.edges[0]==`object`?t.edges.map(e=>({...e})):t.edges.slice()),Array.isArray(t.layers)&&(t.layers=t.layers.map(e=>{if(!e||typeof e!=`object`)return e;let t={...e||{}};`colorMap`in t&&(`colormap`in t||(t.colormap=t.colorMap),delete t.colorMap),`colorMapNegative`in t&&(`colormapNegative`in t||(t.colormapNegative=t.colorMapNegative),delete t.colorMapNegative);for(let e of[`global_min`,`global_max`,`cal_min`,`cal_max`,`cal_minNeg`,`cal_maxNeg`])if(typeof t[e]==`string`){let n=t[e];if(n===`infinity`)t[e]=1/0;else if(n===`-infinity`)t[e]=-1/0;else if(n===`NaN`)t[e]=NaN;else{let r=Number(n);Number.isNaN(r)||(t[e]=r)}}if(t.values!=null&&!Array.isArray(t.values)){let e=Wo(t.values);e&&(t.values=Ho(e))}else Array.isArray(t.values)&&(t.values=Ho(t.values));if(t.atlasValues!=null&&!Array.isArray(t.atlasValues)){let e=Wo(t.atlasValues);e&&(t.atlasValues=e)}return t})),t}function Ko(e){if(typeof e==`string`){if(e.trim().length===0)return e;try{let t=JSON.parse(e);if(Array.isArray(t)&&t.length>0&&typeof t[0]==`object`&&t[0]!==null&&`0`in t[0]&&`1`in t[0])try{let e=zo(t);if(Array.isArray(e)){let t=e.map(e=>Go(e));return JSON.stringify(t,Uo)}}catch(e){console.warn(`legacy-migrate: structured-clone deserialize failed`,e)}if(!Array.isArray(t)){for(let e of[`value`,`data`,`0`])if(t&&Array.isArray(t[e])){let n=t[e].map(e=>Go(e));return JSON.stringify(n,Uo)}return e}let n=t.map(e=>Go(e));return JSON.stringify(n,Uo)}catch{return e}}}function qo(e){if(!e||typeof e!=`object`)return e;let t={...e||{}};if(`colorMap`in t&&!(`colormap`in t)&&(t.colormap=t.colorMap),`colorMapNegative`in t&&!(`colormapNegative`in t)&&(t.colormapNegative=t.colorMapNegative),Array.isArray(t.imageOptionsArray)&&(t.imageOptionsArray=t.imageOptionsArray.map(e=>{if(!e||typeof e!=`object`)return e;let t={...e||{}};for(let e of[`cal_min`,`cal_max`,`cal_minNeg`,`cal_maxNeg`])if(typeof t[e]==`string`){if(t[e]===`infinity`)t[e]=1/0;else if(t[e]===`-infinity`)t[e]=-1/0;else if(t[e]===`NaN`)t[e]=NaN;else{let n=Number(t[e]);Number.isNaN(n)||(t[e]=n)}}if(t.colormap&&typeof t.colormap!=`string`&&!Array.isArray(t.colormap)){let e=Wo(t.colormap);e&&(t.colormap=e)}if(t.colormapNegative&&typeof t.colormapNegative!=`string`&&!Array.isArray(t.colormapNegative)){let e=Wo(t.colormapNegative);e&&(t.colormapNegative=e)}return t})),typeof t.meshesString==`string`&&t.meshesString.trim().length>0){let e=Ko(t.meshesString);typeof e==`string`&&(t.meshesString=e)}if(t.labels&&!Array.isArray(t.labels))try{t.labels=Array.from(t.labels)}catch{}if(t.connectomes&&!Array.isArray(t.connectomes))try{t.connectomes=Array.from(t.connectomes)}catch{}if(t.encodedImageBlobs&&!Array.isArray(t.encodedImageBlobs))try{t.encodedImageBlobs=Array.from(t.encodedImageBlobs)}catch{}return t}function Jo(e){if(e!==void 0)return e===null?null:Number.isFinite(e)?e:e===1/0?`infinity`:e===-1/0?`-infinity`:`NaN`}function Yo(e){if(e===void 0)return;if(e===null)return null;if(typeof e==`number`)return e;if(e===`NaN`)return NaN;if(e===`infinity`)return 1/0;if(e===`-infinity`)return-1/0;let t=Number(e);return Number.isNaN(t)?NaN:t}function Xo(e){if(e!=null){if(e instanceof Float32Array)return e;if(Array.isArray(e))return new Float32Array(e);if(ArrayBuffer.isView(e))return new Float32Array(Array.from(e));try{return new Float32Array(Array.from(e))}catch{return}}}function Zo(e){if(e!=null){if(e instanceof Uint32Array)return e;if(Array.isArray(e))return new Uint32Array(e);if(ArrayBuffer.isView(e))return new Uint32Array(Array.from(e));try{return new Uint32Array(Array.from(e))}catch{return}}}function Qo(e){if(e!=null){if(e instanceof Uint8Array)return e;if(Array.isArray(e))return new Uint8Array(e);if(ArrayBuffer.isView(e))return new Uint8Array(Array.from(e));try{return new Uint8Array(Array.from(e))}catch{return}}}function $o(e,t){if(typeof t!=`function`&&typeof t!=`symbol`)return ArrayBuffer.isView(t)?t instanceof DataView?Array.from(new Uint8Array(t.buffer,t.byteOffset,t.byteLength)):Array.from(t):t instanceof ArrayBuffer?Array.from(new Uint8Array(t)):t}var es=class e{static decodeOptsFromJSON(e){if(e==null)return;let t=e=>{if(e!==void 0){if(e===null)return null;if(typeof e==`number`)return e;if(typeof e==`string`)return e===`NaN`?NaN:e===`infinity`?1/0:e===`-infinity`?-1/0:e;if(Array.isArray(e))return e.map(e=>t(e));if(typeof e==`object`){let n={};for(let r of Object.keys(e))n[r]=t(e[r]);return n}return e}},n={};for(let r of Object.keys(e)){let i=e[r];i!==void 0&&(n[r]=t(i))}return n}static serializeDocument(e,t=!0,n=!0){let r={encodedImageBlobs:[],previewImageDataURL:e.previewImageDataURL??``,imageOptionsMap:new Map};r.sceneData={...e.scene?.sceneData??{}},r.opts=e.opts??{},r.labels=Array.isArray(e.labels)?e.labels.map(e=>{let t={...e||{}};return delete t.onClick,t}):[],r.customData=e.customData??``,r.completedMeasurements=e.completedMeasurements?e.completedMeasurements.slice():[],r.completedAngles=e.completedAngles?e.completedAngles.slice():[];let i=[],a=e.volumes??[];if(a.length)for(let n=0;n<a.length;n++){let o=a[n],s=e.getImageOptions?e.getImageOptions(o):null;if(s===null?s={name:o?.name??``,colormap:o?._colormap??`gray`,opacity:o?._opacity??1,cal_min:o?.cal_min??NaN,cal_max:o?.cal_max??NaN,trustCalMinMax:o?.trustCalMinMax??!0,percentileFrac:o?.percentileFrac??.02,ignoreZeroVoxels:o?.ignoreZeroVoxels??!1,imageType:o?.imageType??Y.NII,frame4D:o?.frame4D??0,limitFrames4D:o?.limitFrames4D??NaN,url:o?.url??``,urlImageData:o?.urlImgData??``,cal_minNeg:o?.cal_minNeg??NaN,cal_maxNeg:o?.cal_maxNeg??NaN,colorbarVisible:o?.colorbarVisible??!0,colormapNegative:o?.colormapNegative??``,colormapType:o?.colormapType??0}:`imageType`in s||(s.imageType=Y.NII),s.colormap=o.colormap,s.colormapLabel=o.colormapLabel,s.opacity=o.opacity,s.cal_max=o.cal_max??NaN,s.cal_min=o.cal_min??NaN,s.colormapNegative=o.colormapNegative??``,s.cal_minNeg=o.cal_minNeg??NaN,s.cal_maxNeg=o.cal_maxNeg??NaN,s.colorbarVisible=o.colorbarVisible??!0,s.colormapType=o.colormapType??0,i.push(s),t){let e=B.uint8tob64(o.toUint8Array());r.encodedImageBlobs.push(e)}r.imageOptionsMap.set(o.id,n)}r.imageOptionsArray=i;let o=[],s=e.meshes||[];r.connectomes=[];for(let e of s){if(!e||typeof e!=`object`)continue;if(e.type===rn.CONNECTOME){try{r.connectomes.push(JSON.stringify(e.json()))}catch(e){R.warn(`serializeDocument: failed connectome export`,e)}continue}let t=(e.layers||[]).map(e=>{let t={name:e?.name,key:e?.key,url:e?.url,headers:e?.headers,opacity:e?.opacity,colormap:e?.colorMap??e?.colormap,colormapNegative:e?.colorMapNegative??e?.colormapNegative,colormapInvert:e?.colormapInvert,colormapLabel:e?.colormapLabel,useNegativeCmap:e?.useNegativeCmap,global_min:Jo(e?.global_min),global_max:Jo(e?.global_max),cal_min:Jo(e?.cal_min),cal_max:Jo(e?.cal_max),cal_minNeg:Jo(e?.cal_minNeg),cal_maxNeg:Jo(e?.cal_maxNeg),isAdditiveBlend:e?.isAdditiveBlend,frame4D:e?.frame4D,nFrame4D:e?.nFrame4D,outlineBorder:e?.outlineBorder,isTransparentBelowCalMin:e?.isTransparentBelowCalMin,colormapType:e?.colormapType,base64:e?.base64,colorbarVisible:e?.colorbarVisible,showLegend:e?.showLegend};return e?.values!=null&&(t.values=(Array.isArray(e.values)?e.values.slice():Array.from(e.values||[])).map(e=>{let t=Number(e);return Number.isFinite(t)?Math.round(t*0xe8d4a51000)/0xe8d4a51000:t})),e?.atlasValues!=null&&(t.atlasValues=Array.isArray(e.atlasValues)?e.atlasValues.slice():Array.from(e.atlasValues||[])),Array.isArray(e?.labels)?t.labels=e.labels.map(e=>({...e||{}})):e?.labels!=null&&(t.labels=Array.from(e.labels||[])),t}),n={...Object.assign({},e||{}),rgba255:Array.from(e.rgba255||[]),layers:t,edges:Array.isArray(e?.edges)?e.edges.map(e=>({...e||{}})):[],nodes:Array.isArray(e?.nodes)?e.nodes.map(e=>({...e||{}})):e?.nodes,offsetPt0:Array.isArray(e?.offsetPt0)?[...e.offsetPt0]:e?.offsetPt0};Array.isArray(e.offsetPt0)&&e.offsetPt0.length>0&&(n.offsetPt0=Array.isArray(e.offsetPt0)?[...e.offsetPt0]:e.offsetPt0,Array.isArray(e.fiberGroupColormap)&&(n.fiberGroupColormap=[...e.fiberGroupColormap]),Array.isArray(e.fiberColor)&&(n.fiberColor=Array.from(e.fiberColor)),n.fiberDither=e.fiberDither,n.fiberRadius=e.fiberRadius,n.colormap=e.colormap),o.push(n)}try{r.meshesString=JSON.stringify(o,$o)}catch(e){R.warn(`serializeDocument: JSON.stringify failed for meshes`,e);let t=[];for(let e=0;e<o.length;e++)try{t.push(JSON.stringify(o[e],$o))}catch(n){R.error(`serializeDocument: failed to serialize mesh at index`,e,n,o[e]),t.push(JSON.stringify({name:o[e]?.name??`unknown`,id:o[e]?.id??null}))}r.meshesString=`[${t.join(`,`)}]`}return r.encodedDrawingBlob=n&&e.drawBitmap?B.uint8tob64(e.drawBitmap):e.encodedDrawingBlob??``,r.title=e.title??`untitled`,r.customData=e.customData??``,r.labels=Array.isArray(e.labels)?e.labels.map(e=>{let t={...e||{}};return delete t.onClick,t}):[],r.completedMeasurements=(e.completedMeasurements||[]).map(e=>({...e,startMM:Array.isArray(e.startMM)?[...e.startMM]:e.startMM,endMM:Array.isArray(e.endMM)?[...e.endMM]:e.endMM})),r.completedAngles=(e.completedAngles||[]).map(e=>({...e,firstLineMM:{start:Array.isArray(e.firstLineMM?.start)?[...e.firstLineMM.start]:e.firstLineMM?.start,end:Array.isArray(e.firstLineMM?.end)?[...e.firstLineMM.end]:e.firstLineMM?.end},secondLineMM:{start:Array.isArray(e.secondLineMM?.start)?[...e.secondLineMM.start]:e.secondLineMM?.start,end:Array.isArray(e.secondLineMM?.end)?[...e.secondLineMM.end]:e.secondLineMM?.end}})),r.sceneData=r.sceneData??{...e.scene?.sceneData??{}},r.opts=r.opts??(e.opts?{...e.opts}:{}),r}static async rehydrateImages(e){let t=[],n=await qo(e),r=n.encodedImageBlobs??[],i=n.imageOptionsArray??[];for(let e=0;e<i.length;e++){let n={...i[e]||{}};try{let i=r[e];if(!i){R.debug(`NVSerializer.rehydrateImages: no blob for index`,e);continue}let a=await B.b64toUint8(i);if(!a){R.warn(`NVSerializer.rehydrateImages: b64toUint8 returned empty for index`,e);continue}let o=n.name??n.url??`image-${e}`,s=n.colormap??n.colorMap??``;typeof s!=`string`&&(s=typeof n.colorMap==`string`?n.colorMap:``);let c=n.opacity??1,l=n.pairedImgData?typeof n.pairedImgData==`string`?(await B.b64toUint8(n.pairedImgData)).buffer:n.pairedImgData:null,u=Yo(n.cal_min),d=Yo(n.cal_max),f=n.trustCalMinMax??!0,p=n.percentileFrac??.02,m=n.ignoreZeroVoxels??!1,h=n.useQFormNotSForm??!1,g=n.colormapNegative??``,_=n.frame4D??0,v=`imageType`in n&&typeof n.imageType==`number`?n.imageType:n.imageType??Y.UNKNOWN,y=Yo(n.cal_minNeg),b=Yo(n.cal_maxNeg),x=n.colorbarVisible??!0,S=n.colormapLabel??null,C=n.colormapType??0,w=n.zarrData??null;console.log(`Image ${e} buffer length: ${a.byteLength}`),a.some(e=>e!==0)||console.error(`CRITICAL: Base64 decoding for ${o} resulted in an all-zero array!`);let T=a.slice().buffer,E=await Po.new(T,o,s,c,l,u,d,f,p,m,h,g,_,v,y,b,x,S,C,w);t.push(E)}catch(t){R.warn(`NVSerializer.rehydrateImages: failed for index`,e,t)}}return t}static async rehydrateMeshes(e,t,n=!1){let r=[],i=(await qo(e)).meshesString??`[]`,a=[];try{a=JSON.parse(i)}catch(e){console.warn(`NVSerializer.rehydrateMeshes: failed to parse meshesString`,e),a=[]}for(let e=0;e<a.length;e++){let i=a[e]||{};try{if(i=Go(i),Array.isArray(i.layers)){for(let e of i.layers)if(e){if(`colorMap`in e&&!(`colormap`in e)&&(e.colormap=e.colorMap,delete e.colorMap),`colorMapNegative`in e&&!(`colormapNegative`in e)&&(e.colormapNegative=e.colorMapNegative,delete e.colorMapNegative),e.global_min=Yo(e.global_min),e.global_max=Yo(e.global_max),e.cal_min=Yo(e.cal_min),e.cal_max=Yo(e.cal_max),e.cal_minNeg=Yo(e.cal_minNeg),e.cal_maxNeg=Yo(e.cal_maxNeg),e.values!=null&&!Array.isArray(e.values))try{e.values=Array.from(e.values)}catch{}if(e.atlasValues!=null&&!Array.isArray(e.atlasValues))try{e.atlasValues=Array.from(e.atlasValues)}catch{}}}let a=Qo(i.rgba255)??new Uint8Array([255,255,255,255]),o=Xo(i.pts),s=Zo(i.tris);Array.isArray(i.nodes)&&(i.nodes=i.nodes.length>0&&typeof i.nodes[0]==`object`?i.nodes.map(e=>({...e})):i.nodes.slice()),Array.isArray(i.edges)&&(i.edges=i.edges.length>0&&typeof i.edges[0]==`object`?i.edges.map(e=>({...e})):i.edges.slice());let c=i.id===void 0?null:i.id;if(!t){r.push(i);continue}Array.isArray(i.offsetPt0)&&i.offsetPt0.length>0&&(s=new Uint32Array(i.offsetPt0),a&&(a[3]=0));let l=new Uint8Array(Array.isArray(a)?a:Array.from(a)),u=new on(o,s,i.name,l,i.opacity,i.visible,t,i.connectome,i.dpg,i.dps,i.dpv);if(c!==null&&(u.id=c),Array.isArray(i.offsetPt0)&&i.offsetPt0.length>0&&(u.fiberGroupColormap=i.fiberGroupColormap,u.fiberColor=i.fiberColor?i.fiberColor:void 0,u.fiberDither=i.fiberDither,u.fiberRadius=i.fiberRadius,u.colormap=i.colormap),u.meshShaderIndex=i.meshShaderIndex,u.layers=i.layers||[],n)try{u.updateMesh(t)}catch(t){console.warn(`NVSerializer.rehydrateMeshes: updateMesh failed for idx`,e,t)}r.push(u)}catch(t){console.warn(`NVSerializer.rehydrateMeshes: failed idx`,e,t),r.push(i)}}try{return Array.isArray(r)?r:(console.warn(`NVSerializer.rehydrateMeshes: unexpected non-array output, coercing to array`,{typeofOut:typeof r,isArray:Array.isArray(r),outPreview:r&&(typeof r==`object`?Object.keys(r).slice(0,10):r)}),r?[r]:[])}catch(e){return console.error(`NVSerializer.rehydrateMeshes: final-return error`,e),[]}}static async deserializeDocument(t){let n=await qo(t),r=new ss;Object.assign(r.data,{...n,imageOptionsArray:n.imageOptionsArray??[],encodedImageBlobs:n.encodedImageBlobs??[],labels:n.labels??[],meshOptionsArray:n.meshOptionsArray??[],connectomes:n.connectomes??[],encodedDrawingBlob:n.encodedDrawingBlob??``,previewImageDataURL:n.previewImageDataURL??``,customData:n.customData??``,title:n.title??`untitled`});let i=e.decodeOptsFromJSON(n.opts);r.data.opts={...as,...i||{}},r.data.opts.meshThicknessOn2D===`infinity`&&(r.data.opts.meshThicknessOn2D=1/0),r.scene.sceneData={...os,...n.sceneData||{}};let a=n.sceneData||{};return a.clipPlane&&!a.clipPlanes&&(r.scene.sceneData.clipPlanes=[a.clipPlane]),a.clipPlaneDepthAziElev&&!a.clipPlaneDepthAziElevs&&(r.scene.sceneData.clipPlaneDepthAziElevs=[a.clipPlaneDepthAziElev]),n.completedMeasurements&&(r.completedMeasurements=n.completedMeasurements.map(e=>({...e,startMM:k(e.startMM),endMM:k(e.endMM)}))),n.completedAngles&&(r.completedAngles=n.completedAngles.map(e=>({...e,firstLineMM:{start:k(e.firstLineMM.start),end:k(e.firstLineMM.end)},secondLineMM:{start:k(e.secondLineMM.start),end:k(e.secondLineMM.end)}}))),r.data.connectomes=n.connectomes??[],r.data.encodedDrawingBlob=n.encodedDrawingBlob??``,r.data.previewImageDataURL=n.previewImageDataURL??``,r}},$=function(e){return e[e.AXIAL=0]=`AXIAL`,e[e.CORONAL=1]=`CORONAL`,e[e.SAGITTAL=2]=`SAGITTAL`,e[e.MULTIPLANAR=3]=`MULTIPLANAR`,e[e.RENDER=4]=`RENDER`,e}({}),ts=function(e){return e[e.PEN=0]=`PEN`,e[e.RECTANGLE=1]=`RECTANGLE`,e[e.ELLIPSE=2]=`ELLIPSE`,e}({}),ns=function(e){return e[e.NEVER=0]=`NEVER`,e[e.ALWAYS=1]=`ALWAYS`,e[e.AUTO=2]=`AUTO`,e}({}),rs=function(e){return e[e.AUTO=0]=`AUTO`,e[e.COLUMN=1]=`COLUMN`,e[e.GRID=2]=`GRID`,e[e.ROW=3]=`ROW`,e}({}),is=function(e){return e[e.none=0]=`none`,e[e.contrast=1]=`contrast`,e[e.measurement=2]=`measurement`,e[e.pan=3]=`pan`,e[e.slicer3D=4]=`slicer3D`,e[e.callbackOnly=5]=`callbackOnly`,e[e.roiSelection=6]=`roiSelection`,e[e.angle=7]=`angle`,e[e.crosshair=8]=`crosshair`,e[e.windowing=9]=`windowing`,e}({}),as={textHeight:-1,fontSizeScaling:.4,fontMinPx:13,colorbarHeight:.05,colorbarWidth:-1,showColorbarBorder:!0,crosshairWidth:1,crosshairWidthUnit:`voxels`,crosshairGap:0,rulerWidth:4,show3Dcrosshair:!1,backColor:[0,0,0,1],crosshairColor:[1,0,0,1],fontColor:[.5,.5,.5,1],selectionBoxColor:[1,1,1,.5],clipPlaneColor:[.7,0,.7,.5],isClipPlanesCutaway:!1,isClipAllVolumes:!1,paqdUniforms:[.3,.5,.5,1],rulerColor:[1,0,0,.8],colorbarMargin:.05,trustCalMinMax:!0,clipPlaneHotKey:`KeyC`,cycleClipPlaneHotKey:`KeyP`,viewModeHotKey:`KeyV`,doubleTouchTimeout:500,longTouchTimeout:1e3,keyDebounceTime:50,isNearestInterpolation:!1,isResizeCanvas:!0,atlasOutline:0,atlasActiveIndex:0,isRuler:!1,isColorbar:!1,isOrientCube:!1,tileMargin:0,multiplanarPadPixels:0,multiplanarForceRender:!1,multiplanarEqualSize:!1,multiplanarShowRender:ns.AUTO,isRadiologicalConvention:!1,meshThicknessOn2D:1/0,dragMode:is.contrast,dragModePrimary:is.crosshair,mouseEventConfig:void 0,touchEventConfig:void 0,yoke3Dto2DZoom:!1,isDepthPickMesh:!1,isCornerOrientationText:!1,isOrientationTextVisible:!0,showAllOrientationMarkers:!1,heroImageFraction:0,heroSliceType:$.RENDER,sagittalNoseLeft:!1,isSliceMM:!1,isV1SliceShader:!1,forceDevicePixelRatio:0,logLevel:`info`,loadingText:`loading ...`,isForceMouseClickToVoxelCenters:!1,dragAndDropEnabled:!0,drawingEnabled:!1,penValue:1,penType:ts.PEN,floodFillNeighbors:6,isFilledPen:!1,thumbnail:``,maxDrawUndoBitmaps:8,sliceType:$.MULTIPLANAR,meshXRay:0,isAntiAlias:null,limitFrames4D:NaN,isAdditiveBlend:!1,showLegend:!0,legendBackgroundColor:[.3,.3,.3,.5],legendTextColor:[1,1,1,1],multiplanarLayout:rs.AUTO,renderOverlayBlend:1,sliceMosaicString:``,centerMosaic:!1,penSize:1,interactive:!0,clickToSegment:!1,clickToSegmentRadius:3,clickToSegmentBright:!0,clickToSegmentAutoIntensity:!1,clickToSegmentIntensityMax:NaN,clickToSegmentIntensityMin:NaN,clickToSegmentPercent:0,clickToSegmentMaxDistanceMM:1/0,clickToSegmentIs2D:!1,selectionBoxLineThickness:4,selectionBoxIsOutline:!1,scrollRequiresFocus:!1,showMeasureUnits:!0,measureTextJustify:`center`,measureTextColor:[1,0,0,1],measureLineColor:[1,0,0,1],measureTextHeight:.06,isAlphaClipDark:!1,gradientOrder:1,gradientOpacity:0,renderSilhouette:0,gradientAmount:0,invertScrollDirection:!1,is2DSliceShader:!1,bounds:null,showBoundsBorder:!1,boundsBorderColor:[1,1,1,1],windowingGainFactor:2,zarrCacheSize:1e3,zarrPrefetchRings:10,smoothDrawing:0},os={gamma:1,azimuth:110,elevation:10,crosshairPos:j(.5,.5,.5),clipPlanes:[[0,0,0,0]],clipPlaneDepthAziElevs:[[2,0,0]],volScaleMultiplier:1,pan2Dxyzmm:I(0,0,0,1)},ss=class e{data={title:`Untitled document`,imageOptionsArray:[],meshOptionsArray:[],opts:{...as},previewImageDataURL:``,labels:[],encodedImageBlobs:[],encodedDrawingBlob:``};scene;volumes=[];meshDataObjects;meshes=[];drawBitmap=null;imageOptionsMap=new Map;meshOptionsMap=new Map;completedMeasurements=[];completedAngles=[];_optsProxy=null;_optsChangeCallback=null;constructor(){this.scene={onAzimuthElevationChange:()=>{},onZoom3DChange:()=>{},sceneData:{...os,pan2Dxyzmm:I(0,0,0,1),crosshairPos:j(.5,.5,.5)},get renderAzimuth(){return this.sceneData.azimuth},set renderAzimuth(e){this.sceneData.azimuth=e,this.onAzimuthElevationChange&&this.onAzimuthElevationChange(this.sceneData.azimuth,this.sceneData.elevation)},get renderElevation(){return this.sceneData.elevation},set renderElevation(e){this.sceneData.elevation=e,this.onAzimuthElevationChange&&this.onAzimuthElevationChange(this.sceneData.azimuth,this.sceneData.elevation)},get volScaleMultiplier(){return this.sceneData.volScaleMultiplier},set volScaleMultiplier(e){this.sceneData.volScaleMultiplier=e,this.onZoom3DChange(e)},get crosshairPos(){return this.sceneData.crosshairPos},set crosshairPos(e){this.sceneData.crosshairPos=e},get clipPlane(){return this.sceneData.clipPlanes[0]??[]},set clipPlane(e){this.sceneData.clipPlanes[0]=e},get clipPlanes(){return this.sceneData.clipPlanes},set clipPlanes(e){this.sceneData.clipPlanes=e},get clipPlaneDepthAziElevs(){return this.sceneData.clipPlaneDepthAziElevs},set clipPlaneDepthAziElevs(e){this.sceneData.clipPlaneDepthAziElevs=e},get pan2Dxyzmm(){return this.sceneData.pan2Dxyzmm},set pan2Dxyzmm(e){this.sceneData.pan2Dxyzmm=e},get gamma(){return this.sceneData.gamma},set gamma(e){this.sceneData.gamma=e}}}get title(){return this.data.title}get previewImageDataURL(){return this.data.previewImageDataURL}set previewImageDataURL(e){this.data.previewImageDataURL=e}set title(e){this.data.title=e}get imageOptionsArray(){return this.data.imageOptionsArray}get encodedImageBlobs(){return this.data.encodedImageBlobs}get encodedDrawingBlob(){return this.data.encodedDrawingBlob}get opts(){return this._optsProxy||this._createOptsProxy(),this._optsProxy}set opts(e){this.data.opts={...e},this._optsProxy=null}get labels(){return this.data.labels}set labels(e){this.data.labels=e}get customData(){return this.data.customData}set customData(e){this.data.customData=e}hasImage(e){return this.volumes.find(t=>t.id===e.id)!==void 0}hasImageFromUrl(e){return this.data.imageOptionsArray.find(t=>t.url===e)!==void 0}addImageOptions(e,t){this.hasImage(e)||t.name||(t.url?(t.name=(/^(?:[a-z+]+:)?\/\//i.test(t.url)?new URL(t.url):new URL(t.url,window.location.href)).pathname.split(`/`).pop(),t.name.toLowerCase().endsWith(`.gz`)&&(t.name=t.name.slice(0,-3)),t.name.toLowerCase().endsWith(`.nii`)||(t.name+=`.nii`)):t.name=`untitled.nii`),t.imageType=Y.NII,this.data.imageOptionsArray.push(t),this.imageOptionsMap.set(e.id,this.data.imageOptionsArray.length-1)}removeImage(e){if(this.imageOptionsMap.has(e.id)){let t=this.imageOptionsMap.get(e.id);this.data.imageOptionsArray.length>t&&this.data.imageOptionsArray.splice(t,1),this.imageOptionsMap.delete(e.id)}this.volumes=this.volumes.filter(t=>t.id!==e.id)}async fetchLinkedData(){if(this.data.encodedImageBlobs=[],this.imageOptionsArray?.length){for(let e of this.imageOptionsArray)if(e.url)try{let t=await fetch(e.url);if(!t.ok){console.warn(`Failed to fetch image:`,e.url);continue}let n=await t.arrayBuffer(),r=new Uint8Array(n),i=B.uint8tob64(r);this.data.encodedImageBlobs.push(i),console.info(`fetch linked data fetched from `,e.url)}catch(t){console.warn(`Failed to fetch/encode image from ${e.url}:`,t)}}}getImageOptions(e){return this.imageOptionsMap.has(e.id)?this.data.imageOptionsArray[this.imageOptionsMap.get(e.id)]:null}json(e=!0,t=!0){return es.serializeDocument(this,e,t)}async download(e,t,n={embedImages:!0}){let r=this.json(n.embedImages),i=JSON.stringify(r),a=t?`application/gzip`:`application/json`,o=t?await B.compressStringToArrayBuffer(i):i;B.download(o,e,a)}static async loadFromUrl(t){let n=await(await fetch(t)).arrayBuffer(),r;if(B.isArrayBufferCompressed(n)){let e=await B.decompressArrayBuffer(n);r=JSON.parse(e)}else{let e=new TextDecoder;r=JSON.parse(e.decode(n))}return e.loadFromJSON(r)}static async loadFromFile(t){let n=await B.readFileAsync(t),r;r=B.isArrayBufferCompressed(n)?await B.decompressArrayBuffer(n):new TextDecoder().decode(n);let i=JSON.parse(r);return e.loadFromJSON(i)}static async loadFromJSON(e){return await es.deserializeDocument(e)}setOptsChangeCallback(e){this._optsChangeCallback=e,this._optsProxy=null}removeOptsChangeCallback(){this._optsChangeCallback=null,this._optsProxy=null}_createOptsProxy(){let e=this.data.opts;this._optsProxy=new Proxy(e,{set:(e,t,n)=>{let r=e[t];return r!==n&&(e[t]=n,this._optsChangeCallback&&typeof t==`string`&&t in as&&this._optsChangeCallback(t,n,r)),!0},get:(e,t)=>e[t]})}},cs=(e,t)=>{let n=Math.floor(Math.log(e)/Math.log(10)),r=e/10**n,i;return i=t?r<1.5?1:r<3?2:r<7?5:10:r<=1?1:r<=2?2:r<=5?5:10,i*10**n};function ls(e){return new Promise((t,n)=>{let r;r=e instanceof File?Promise.resolve(e):new Promise((t,n)=>{e.file(t,n)}),r.then(e=>{let r=new FileReader;r.onload=()=>{typeof r.result==`string`?t(r.result):n(Error(`Expected a string from FileReader.result`))},r.onerror=()=>{n(r.error??Error(`Unknown FileReader error`))},r.readAsDataURL(e)}).catch(e=>n(e))})}function us(e){let t=e.hdr.dims,n=e.permRAS,r=t[1]*t[2]*t[3],i=new Int16Array(r),a=[0,0,0];for(let e=0;e<3;e++)for(let t=0;t<3;t++)Math.abs(n[e])-1===t&&(a[t]=e*Math.sign(n[e]));let o=1,s=[1,1,1],c=[!1,!1,!1];for(let e=0;e<a.length;e++)for(let n=0;n<a.length;n++)Math.abs(a[n])===e&&(s[n]=o,(a[n]<0||Object.is(a[n],-0))&&(c[n]=!0),o*=t[n+1]);let l=B.range(0,t[1]-1,1);c[0]&&(l=B.range(t[1]-1,0,-1));for(let e=0;e<t[1];e++)l[e]*=s[0];let u=B.range(0,t[2]-1,1);c[1]&&(u=B.range(t[2]-1,0,-1));for(let e=0;e<t[2];e++)u[e]*=s[1];let d=B.range(0,t[3]-1,1);c[2]&&(d=B.range(t[3]-1,0,-1));for(let e=0;e<t[3];e++)d[e]*=s[2];let f=0;for(let n=0;n<t[3];n++)for(let r=0;r<t[2];r++)for(let a=0;a<t[1];a++)i[l[a]+u[r]+d[n]]=e.img[f],f++;return i}function ds(e){let t=[1/16777216,1/65536,1/256,1];return(e[0]*t[0]+e[1]*t[1]+e[2]*t[2]+e[3]*t[3])/255}function fs(e,t){return e.scl_slope===0&&(e.scl_slope=1),t*e.scl_slope+e.scl_inter}function ps(e,t,n=4){let r=cs(cs(t-e,!1)/(n-1),!0),i=Math.floor(e/r)*r,a=Math.ceil(t/r)*r;return[r,i,a,i===e&&a===t]}function ms(e,t){let n=ps(e,t,3);return n[3]||(n=ps(e,t,5)),n[3]||(n=ps(e,t,4)),n[3]||(n=ps(e,t,3)),n[3]||(n=ps(e,t,5)),[n[0],n[1],n[2]]}function hs(e){return Math.PI/180*e}function gs(e,t,n,r){let i=-e,a=-t;return isFinite(n)&&isFinite(r)&&(i=n,a=r),i>a&&([i,a]=[a,i]),[i,a]}function _s(e,t=[0,1,2]){let n=O();return n[0]=e[t[0]],n[1]=e[t[1]],n[2]=e[t[2]],n}function vs(e){let t=I(1,0,0,0),n=pe();return L(n,t,e),n[0]}function ys(e,t,n,r){let i=I(e,t,n,1),a=d(r);g(a,a),i[0]=i[0]*2-1,i[1]=i[1]*2-1,i[2]=i[2]*2-1;let o=pe();return L(o,i,a),o[3]===0||(o[0]/=o[3],o[1]/=o[3],o[2]/=o[3]),o}var bs=function(e,t,n){let r=e.createShader(e.VERTEX_SHADER);e.shaderSource(r,t),e.compileShader(r);let i=e.createShader(e.FRAGMENT_SHADER);e.shaderSource(i,n),e.compileShader(i);let a=e.createProgram();if(e.attachShader(a,r),e.attachShader(a,i),e.linkProgram(a),!e.getProgramParameter(a,e.LINK_STATUS))throw console.log(e.getProgramInfoLog(a)),e.getShaderParameter(r,e.COMPILE_STATUS)||console.log(`Vertex shader compilation error:`,e.getShaderInfoLog(r)),e.getShaderParameter(i,e.COMPILE_STATUS)||console.log(`Fragment shader compilation error:`,e.getShaderInfoLog(i)),R.error(e.getProgramInfoLog(a)),Error(`Shader failed to link, see console for log`);return a},xs=class{program;uniforms={};isMatcap;isCrosscut;constructor(e,t,n){this.program=bs(e,t,n);let r=/uniform[^;]+[ ](\w+);/g,i=/uniform[^;]+[ ](\w+);/,a=t.match(r),o=n.match(r);a&&a.forEach(e=>{let t=e.match(i);this.uniforms[t[1]]=-1}),o&&o.forEach(e=>{let t=e.match(i);this.uniforms[t[1]]=-1});for(let t in this.uniforms)this.uniforms[t]=e.getUniformLocation(this.program,t)}use(e){e.useProgram(this.program)}},Ss=`#version 300 es
#line 4
layout(location=0) in vec3 pos;
layout(location=1) in vec3 texCoords;
uniform mat4 mvpMtx;
out vec3 vColor;
void main(void) {
	gl_Position = mvpMtx * vec4(pos, 1.0);
	vColor = texCoords;
}`,Cs=`
	vec4 drawColor(float scalar, float drawOpacity) {
		float nlayer = float(textureSize(colormap, 0).y);
		float layer = (nlayer - 0.5) / nlayer;
		vec4 dcolor = texture(colormap, vec2((scalar * 255.0)/256.0 + 0.5/256.0, layer)).rgba;
		dcolor.a *= drawOpacity;
		return dcolor;
}`,ws=`vec3 GetBackPosition(vec3 startPositionTex) {
	vec3 startPosition = startPositionTex * volScale;
	vec3 invR = 1.0 / rayDir;
	vec3 tbot = invR * (vec3(0.0)-startPosition);
	vec3 ttop = invR * (volScale-startPosition);
	vec3 tmax = max(ttop, tbot);
	vec2 t = min(tmax.xx, tmax.yz);
	vec3 endPosition = startPosition + (rayDir * min(t.x, t.y));
	//convert world position back to texture position:
	endPosition = endPosition / volScale;
	return endPosition;
}

float distance2Plane(in vec4 samplePos, in vec4 clipPlane) {
	// treat clipPlane.a > 1 as "no clip" sentinel (keeps existing behavior)
	if (clipPlane.a > 1.0) {
			return 1000.0; // sentinel large distance
	}
	vec3 n = clipPlane.xyz;
	const float EPS = 1e-6;
	float nlen = length(n);
	if (nlen < EPS) {
			return 1000.0; // invalid plane normal
	}
	// signed plane value: dot(n, p-0.5) + a
	float signedDist = dot(n, samplePos.xyz - 0.5) + clipPlane.a;
	// perpendicular (Euclidean) distance is |signedDist| / |n|
	return abs(signedDist) / nlen;
}

// see if clip plane trims ray sampling range sampleStartEnd.x..y
void clipSampleRange(in vec3 dir, in vec4 rayStart, in vec4 clipPlane, inout vec2 sampleStartEnd, inout bool hasClip) {
	const float CSR_EPS = 1e-6;
	// quick exit: no clip plane
	if (clipPlane.a > 1.0)
			return;
	hasClip = true;
	// quick exit: empty range
	if ((sampleStartEnd.y - sampleStartEnd.x) <= CSR_EPS)
			return;
	// Which side does the ray start on? (plane eqn: dot(n, p-0.5) + a = 0)
	float sampleSide = dot(clipPlane.xyz, rayStart.xyz - 0.5) + clipPlane.a;
	bool startsFront = (sampleSide < 0.0);
	float dis = - 1.0;
	// plane normal dot ray direction
	float cdot = dot(dir, clipPlane.xyz);
	// avoid division by 0 for near-parallel plne
	if (abs(cdot) >= CSR_EPS)
		dis = (-clipPlane.a - dot(clipPlane.xyz, rayStart.xyz - 0.5)) / cdot;
	if (dis < 0.0 || dis > sampleStartEnd.y + CSR_EPS) {
			if (startsFront)
				sampleStartEnd = vec2(0.0, 0.0);
			return;
	}
	bool frontface = (cdot > 0.0);
	if (frontface)
		sampleStartEnd.x = max(sampleStartEnd.x, dis);
	else
		sampleStartEnd.y = min(sampleStartEnd.y, dis);
	// if nothing remains, mark empty
	if (sampleStartEnd.y - sampleStartEnd.x <= CSR_EPS)
		sampleStartEnd = vec2(0.0, 0.0);
}

bool skipSample (float pos, vec2 sampleRange) {
	return (pos < sampleRange.x || pos > sampleRange.y);
}

float frac2ndc(vec3 frac) {
//https://stackoverflow.com/questions/7777913/how-to-render-depth-linearly-in-modern-opengl-with-gl-fragcoord-z-in-fragment-sh
	vec4 pos = vec4(frac.xyz, 1.0); //fraction
	vec4 dim = vec4(vec3(textureSize(volume, 0)), 1.0);
	pos = pos * dim;
	vec4 shim = vec4(-0.5, -0.5, -0.5, 0.0);
	pos += shim;
	vec4 mm = transpose(matRAS) * pos;
	float z_ndc = (mvpMtx * vec4(mm.xyz, 1.0)).z;
	return (z_ndc + 1.0) / 2.0;
}`+Cs,Ts=`void main() {
	if (fColor.x > 2.0) {
		fColor = vec4(1.0, 0.0, 0.0, 0.5);
		return;
	}
	fColor = vec4(0.0,0.0,0.0,0.0);
	vec4 clipPlaneColorX = clipPlaneColor;
	//if (clipPlaneColor.a < 0.0)
	//	clipPlaneColorX.a = - 1.0;
	bool isColorPlaneInVolume = false;
	if (clipPlaneColorX.a < 0.0) {
		isColorPlaneInVolume = true;
		clipPlaneColorX.a = 0.0;
	}
	//fColor = vec4(vColor.rgb, 1.0); return;
	vec3 start = vColor;
	gl_FragDepth = 1.0;
	vec3 backPosition = GetBackPosition(start);
	// fColor = vec4(backPosition, 1.0); return;
	vec3 dir = normalize(backPosition - start);
	//clipVolumeStart(start, backPosition);
	dir = normalize(dir);
	float len = length(backPosition - start);
	float lenVox = length((texVox * start) - (texVox * backPosition));
	if ((lenVox < 0.5) || (len > 3.0)) { //length limit for parallel rays
		return;
	}
	float sliceSize = len / lenVox; //e.g. if ray length is 1.0 and traverses 50 voxels, each voxel is 0.02 in unit cube
	float stepSize = sliceSize; //quality: larger step is faster traversal, but fewer samples
	float opacityCorrection = stepSize/sliceSize;
	vec4 deltaDir = vec4(dir.xyz * stepSize, stepSize);
	vec4 samplePos = vec4(start.xyz, 0.0); //ray position

	vec2 sampleRange = vec2(0.0, len);
	bool hasClip = false;
	for (int i = 0; i < MAX_CLIP_PLANES; i++)
		clipSampleRange(dir, samplePos, clipPlanes[i], sampleRange, hasClip);
	bool isClip = (sampleRange.x > 0.0) || ((sampleRange.y < len) && (sampleRange.y > 0.0));
	float stepSizeFast = sliceSize * 1.9;
	vec4 deltaDirFast = vec4(dir.xyz * stepSizeFast, stepSizeFast);
	if ((isClipCutaway) && (sampleRange.x <= 0.0) && (sampleRange.y >= len)) {
		//completely clipped, but ray does not intersect plane
		if (hasClip)
			samplePos.a = len + 1.0;
		else
			sampleRange = vec2(0.0, 0.0);
	}
	if ((!isClipCutaway) && (sampleRange.x >= sampleRange.y))
		samplePos.a = len + 1.0;
	while (samplePos.a <= len) {
		if (skipSample(samplePos.a, sampleRange) ^^ isClipCutaway) {
			samplePos += deltaDirFast;
			continue;
		}
		float val = texture(volume, samplePos.xyz).a;
		if (val > 0.01)
			break;
		samplePos += deltaDirFast; //advance ray position
	}
	float drawOpacityA = renderDrawAmbientOcclusionXY.y;
	if ((samplePos.a >= len) && (((overlays < 1.0) && (drawOpacityA <= 0.0) ) || (backgroundMasksOverlays > 0)))  {
		if (isClip)
			fColor += clipPlaneColorX;
		return;
	}
	fColor = vec4(1.0, 1.0, 1.0, 1.0);
	//gl_FragDepth = frac2ndc(samplePos.xyz); //crude due to fast pass resolution
	if (samplePos.a > deltaDirFast.a )
		samplePos -= deltaDirFast;
	//end: fast pass
	vec4 colAcc = vec4(0.0,0.0,0.0,0.0);
	vec4 firstHit = vec4(0.0,0.0,0.0,2.0 * len);
	const float earlyTermination = 0.95;
	float backNearest = len; //assume no hit
	float ran = fract(sin(gl_FragCoord.x * 12.9898 + gl_FragCoord.y * 78.233) * 43758.5453);
	// clip planes create steep gradients: reduce aliasing with more jitter
	if (isClip)
		samplePos += deltaDir * ran * 1.41; //jitter ray
	else
		samplePos += deltaDir * ran; //jitter ray
	vec2 overlaySampleRange = isClipAllVolumes ? sampleRange : vec2(0.0, len);
	bool overlayIsClipCutaway = isClipAllVolumes && isClipCutaway;
`,Es=`
	if (firstHit.a < len) {
		gl_FragDepth = frac2ndc(firstHit.xyz);
		vec4 paqdSample = texture(paqd, samplePos.xyz);
		if (paqdSample.a > 0.0) {
			//colAcc.rgb = paqdSample.rgb;
			float a = max(abs(paqdUniforms[2]), abs(paqdUniforms[3]));
			colAcc.rgb = mix(colAcc.rgb, paqdSample.rgb, 0.5 * paqdSample.a * a);
		}
		if (isClip) {
			//shade voxels with clip color
			if (clipPlaneColor.a < 0.0) {
					float thresh = 4.0 * sliceSize;
					float firstHit1 = firstHit.a + deltaDir.a;
				if (isClipCutaway) {
					float min1 = abs(firstHit1 - sampleRange.y);
					float dx = samplePos.a - firstHit1;
					if (min1 < thresh)
						colAcc.rgb = mix(colAcc.rgb, clipPlaneColorX.rgb, abs(clipPlaneColor.a));
					else if (( colAcc.a > earlyTermination ) && (dx > thresh)) {
						min1 = abs(firstHit1 - sampleRange.x);
						if (min1 < (thresh * 0.5)) {
							colAcc.rgb = mix(colAcc.rgb , clipPlaneColorX.rgb, abs(clipPlaneColor.a)*0.5);
						}
							
					}
				} else {
					if (abs(firstHit1 - sampleRange.x) < thresh)
						colAcc.rgb = mix(colAcc.rgb, clipPlaneColorX.rgb, abs(clipPlaneColor.a));
				} // clipPlaneColor.a < 0.0
			}
			//ambient occlusion: make creases dark
			float min1 = 1000.0;
			float min2 = 1000.0;
			// find smallest and second-smallest distances
			vec4 firstHit1 = firstHit - deltaDir;
			for (int i = 0; i < MAX_CLIP_PLANES; i++) {
				float d = distance2Plane(firstHit1, clipPlanes[i]);
				if (d < min1) {
						min2 = min1;
						min1 = d;
				} else if (d < min2) {
						min2 = d;
				}
			}
			float thresh = 1.2 * sliceSize;
			if ((isClipCutaway) && (min2 < thresh) && (sampleRange.x > 0.0)) {
				if ((abs(sampleRange.x - firstHit.a) > ( 2.0 * thresh)) && ((abs(sampleRange.y - firstHit.a) > (2.0 * thresh))))
					min2 = thresh; 
			}
			// if second is 0 -> factor 0 (black), if second >= sliceSize -> factor 1 (unchanged)
			const float aoFrac = 0.5;
			float factor = (1.0 - aoFrac) + aoFrac * clamp(min2 / thresh, 0.0, 1.0);
			// linear darkening: multiply color by factor (or use mix(vec3(0), colAcc.rgb, factor))
			colAcc.rgb *= factor;
		}
	}
	colAcc.a = (colAcc.a / earlyTermination) * backOpacity;
	fColor = colAcc;
	float renderDrawAmbientOcclusionX = renderDrawAmbientOcclusionXY.x;
	float drawOpacity = renderDrawAmbientOcclusionXY.y;
	if ((overlays < 1.0) && (drawOpacity <= 0.0))
		return;
	//overlay pass
	samplePos = vec4(start.xyz, 0.0); //ray position
	//start: OPTIONAL fast pass: rapid traversal until first hit
	stepSizeFast = sliceSize * 1.0;
	deltaDirFast = vec4(dir.xyz * stepSizeFast, stepSizeFast);
	while (samplePos.a <= len) {
		if (skipSample(samplePos.a, overlaySampleRange) ^^ overlayIsClipCutaway) {
			samplePos += deltaDirFast;
			continue;
		}
		float val = texture(overlay, samplePos.xyz).a;
		if (drawOpacity > 0.0) {
			if (smoothDrawing > 0.0) {
				if (!isClipAllVolumes || !(skipSample(samplePos.a, sampleRange) ^^ isClipCutaway))
					val = max(val, texture(drawSmoothed, samplePos.xyz).r * 2.0);
			} else
				val = max(val, texture(drawing, samplePos.xyz).r);
		}
		if (val > 0.001)
			break;
		samplePos += deltaDirFast; //advance ray position
	}
	if (samplePos.a >= len) {
		if (isClip && (fColor.a == 0.0))
				fColor += clipPlaneColorX;
			return;
	}
	samplePos -= deltaDirFast;
	if (samplePos.a < 0.0)
		vec4 samplePos = vec4(start.xyz, 0.0); //ray position
	//end: fast pass
	float overFarthest = len;
	colAcc = vec4(0.0, 0.0, 0.0, 0.0);

	samplePos += deltaDir * ran; //jitter ray
	vec4 overFirstHit = vec4(0.0,0.0,0.0,2.0 * len);
	if (backgroundMasksOverlays > 0)
		samplePos = firstHit;
	bool firstDraw = true;
	// Hoist per-ray constants used by the smooth drawing path.
	vec3 vxSize = 1.0 / vec3(textureSize(drawing, 0));
	vec3 nRayDir = normalize(rayDir);
	// For smooth drawing with a clip plane: if the ray enters the unclipped region
	// already inside the drawn volume, start with prevSmoothOut=false so no
	// outside→inside transition is detected, suppressing the clip-plane cap face.
	bool prevSmoothOut = true;
	bool enteredFromOutside = false;
	vec4 cachedSmoothColor = vec4(0.0);
	if (isClipAllVolumes && isClip && !isClipCutaway && smoothDrawing > 0.0) {
		vec3 clipEntry = start.xyz + dir * sampleRange.x;
		if (texture(drawSmoothed, clipEntry).r >= 0.5)
			prevSmoothOut = false;
	}
	while (samplePos.a <= len) {
		if (skipSample(samplePos.a, overlaySampleRange) ^^ overlayIsClipCutaway) {
			samplePos += deltaDirFast;
			continue;
		}
		vec4 colorSample = texture(overlay, samplePos.xyz);
		if ((colorSample.a < 0.01) && (drawOpacity > 0.0)) {
			if (smoothDrawing > 0.0) {
				// Smooth drawing: isosurface rendering with gradient-based shading
				// Clip the smooth surface only when isClipAllVolumes is set
				if (isClipAllVolumes && (skipSample(samplePos.a, sampleRange) ^^ isClipCutaway)) {
					samplePos += deltaDir;
					continue;
				}
				float smoothVal = texture(drawSmoothed, samplePos.xyz).r;
				bool nowSmoothInside = (smoothVal > 0.5);
				// Track entry transitions: only mark enteredFromOutside on a genuine
				// outside→inside crossing; clear it when we exit.
				if (!nowSmoothInside) {
					prevSmoothOut = true;
					enteredFromOutside = false;
				} else if (prevSmoothOut) {
					// First inside sample: compute gradient, pen color, and Phong shading
					// once and cache the result for all subsequent interior steps.
					prevSmoothOut = false;
					enteredFromOutside = true;
					float gx = texture(drawSmoothed, samplePos.xyz + vec3(vxSize.x, 0.0, 0.0)).r
					         - texture(drawSmoothed, samplePos.xyz - vec3(vxSize.x, 0.0, 0.0)).r;
					float gy = texture(drawSmoothed, samplePos.xyz + vec3(0.0, vxSize.y, 0.0)).r
					         - texture(drawSmoothed, samplePos.xyz - vec3(0.0, vxSize.y, 0.0)).r;
					float gz = texture(drawSmoothed, samplePos.xyz + vec3(0.0, 0.0, vxSize.z)).r
					         - texture(drawSmoothed, samplePos.xyz - vec3(0.0, 0.0, vxSize.z)).r;
					vec3 grad = vec3(gx, gy, gz);
					float gradLen = length(grad);
					vec3 normal = gradLen > 0.001 ? normalize(grad) : vec3(0.0, 0.0, 1.0);
					// Get pen color from original drawing texture.
					float drawVal = texture(drawing, samplePos.xyz).r;
					if (drawVal == 0.0) {
						// Between painted voxels: step inward along the gradient
						// to find the nearest painted voxel's pen color.
						// (normal points inward toward higher smooth values)
						for (int k = 1; k <= 8; k++) {
							drawVal = texture(drawing, samplePos.xyz + normal * vxSize * float(k)).r;
							if (drawVal > 0.0) break;
						}
					}
					vec4 draw = drawColor(max(drawVal, 1.0 / 255.0), drawOpacity);
					// Phong shading with two-sided lighting.
					float NdotL = abs(dot(normal, nRayDir));
					vec3 reflected = reflect(nRayDir, normal);
					float spec = pow(max(dot(reflected, -nRayDir), 0.0), 20.0);
					draw.rgb *= (0.4 + 0.6 * NdotL);
					draw.rgb += vec3(0.2 * spec);
					cachedSmoothColor = draw;
				}
				// Use the cached shaded color for every interior step.
				if (nowSmoothInside && enteredFromOutside) {
					colorSample = cachedSmoothColor;
				}
			} else {
				// Original discrete drawing path
				float val = texture(drawing, samplePos.xyz).r;
				vec4 draw = drawColor(val, drawOpacity);
				if ((draw.a > 0.0) && (firstDraw)) {
				firstDraw = false;
				float sum = 0.0;
				const float mn = 1.0 / 256.0;
				const float sampleRadius = 1.1;
				float dx = sliceSize * sampleRadius;
				vec3 center = samplePos.xyz;
				//six neighbors that share a face
				sum += min(texture(drawing, center.xyz + cross(vec3(0.0,0.0,+dx), dir)).r, mn);
				sum += min(texture(drawing, center.xyz + cross(vec3(0.0,0.0,-dx), dir)).r, mn);
				sum += min(texture(drawing, center.xyz + cross(vec3(0.0,+dx,0.0), dir)).r, mn);
				sum += min(texture(drawing, center.xyz + cross(vec3(0.0,-dx,0.0), dir)).r, mn);
				sum += min(texture(drawing, center.xyz + cross(vec3(+dx,0.0,0.0), dir)).r, mn);
				sum += min(texture(drawing, center.xyz + cross(vec3(-dx,0.0,0.0), dir)).r, mn);
				//float proportion = (sum / mn) / 6.0;
				
				//12 neighbors that share an edge
				dx = sliceSize * sampleRadius * sqrt(2.0) * 0.5;
				sum += min(texture(drawing, center.xyz + cross(vec3(0.0,+dx,+dx), dir)).r, mn);
				sum += min(texture(drawing, center.xyz + cross(vec3(+dx,0.0,+dx), dir)).r, mn);
				sum += min(texture(drawing, center.xyz + cross(vec3(+dx,+dx,0.0), dir)).r, mn);
				sum += min(texture(drawing, center.xyz + cross(vec3(0.0,-dx,-dx), dir)).r, mn);
				sum += min(texture(drawing, center.xyz + cross(vec3(-dx,0.0,-dx), dir)).r, mn);
				sum += min(texture(drawing, center.xyz + cross(vec3(-dx,-dx,0.0), dir)).r, mn);

				sum += min(texture(drawing, center.xyz + cross(vec3(0.0,+dx,-dx), dir)).r, mn);
				sum += min(texture(drawing, center.xyz + cross(vec3(+dx,0.0,-dx), dir)).r, mn);
				sum += min(texture(drawing, center.xyz + cross(vec3(+dx,-dx,0.0), dir)).r, mn);
				
				sum += min(texture(drawing, center.xyz + cross(vec3(0.0,-dx,+dx), dir)).r, mn);
				sum += min(texture(drawing, center.xyz + cross(vec3(-dx,0.0,+dx), dir)).r, mn);
				sum += min(texture(drawing, center.xyz + cross(vec3(-dx,+dx,0.0), dir)).r, mn);
				float proportion = (sum / mn) / 18.0; //proportion of six neighbors is non-zero
				
				//a high proportion of hits means crevice
				//since the AO term adds shadows that darken most voxels, it will result in dark surfaces
				//the term brighten adds a little illumination to balance this
				// without brighten, only the most extreme ridges will not be darker
				const float brighten = 1.2;
				vec3 ao = draw.rgb * (1.0 - proportion) * brighten;
				draw.rgb = mix (draw.rgb, ao , renderDrawAmbientOcclusionX);
			}
			colorSample = draw;
			} // end else (discrete drawing path)
		}
		samplePos += deltaDir; //advance ray position
		if (colorSample.a >= 0.01) {
			if (overFirstHit.a > len)
				overFirstHit = samplePos;
			colorSample.a *= renderOverlayBlend;
			colorSample.a = 1.0-pow((1.0 - colorSample.a), opacityCorrection);
			colorSample.rgb *= colorSample.a;
			colAcc= (1.0 - colAcc.a) * colorSample + colAcc;
			overFarthest = samplePos.a;
			if ( colAcc.a > earlyTermination )
				break;
		}
	}
	//if (samplePos.a >= len) {
	if (colAcc.a <= 0.0) {
		if (isClip && (fColor.a == 0.0))
			fColor += clipPlaneColorX;
		return;
	}
	if (overFirstHit.a < firstHit.a)
		gl_FragDepth = frac2ndc(overFirstHit.xyz);
	float overMix = colAcc.a;
	float overlayDepth = 0.3;
	if (fColor.a <= 0.0)
		overMix = 1.0;
	else if (((overFarthest) > backNearest)) {
		float dx = (overFarthest - backNearest)/1.73;
		dx = fColor.a * pow(dx, overlayDepth);
		overMix *= 1.0 - dx;
	}
	fColor.rgb = mix(fColor.rgb, colAcc.rgb, overMix);
	fColor.a = max(fColor.a, colAcc.a);
}`,Ds=`#version 300 es
#line 215
#define MAX_CLIP_PLANES 6
precision highp int;
precision highp float;
uniform vec3 rayDir;
uniform vec3 texVox;
uniform int backgroundMasksOverlays;
uniform vec3 volScale;
uniform vec4 clipPlane;
uniform vec4 clipPlanes[MAX_CLIP_PLANES];
uniform highp sampler3D volume, overlay;
uniform highp sampler3D paqd;
uniform vec4 paqdUniforms;
uniform float overlays;
uniform float backOpacity;
uniform mat4 mvpMtx;
uniform mat4 matRAS;
uniform vec4 clipPlaneColor;
uniform float renderOverlayBlend;
uniform highp sampler3D drawing;
uniform highp sampler3D drawSmoothed;
uniform float smoothDrawing;
uniform highp sampler2D colormap;
uniform vec2 renderDrawAmbientOcclusionXY;
uniform bool isClipAllVolumes;
in vec3 vColor;
out vec4 fColor;
`+ws+`
	void main() {
	vec3 start = vColor;
	gl_FragDepth = 1.0;
	vec3 backPosition = GetBackPosition(start);
	vec3 dir = normalize(backPosition - start);
	//clipVolumeStart(start, backPosition);
	float len = length(backPosition - start);
	float lenVox = length((texVox * start) - (texVox * backPosition));
	if ((lenVox < 0.5) || (len > 3.0)) { //length limit for parallel rays
		fColor = vec4(0.0,0.0,0.0,0.0);
		return;
	}
	float sliceSize = len / lenVox; //e.g. if ray length is 1.0 and traverses 50 voxels, each voxel is 0.02 in unit cube
	float stepSize = sliceSize; //quality: larger step is faster traversal, but fewer samples
	float opacityCorrection = stepSize/sliceSize;
	vec4 deltaDir = vec4(dir.xyz * stepSize, stepSize);
	vec4 samplePos = vec4(start.xyz, 0.0); //ray position
	vec4 colAcc = vec4(0.0,0.0,0.0,0.0);
	vec4 firstHit = vec4(0.0,0.0,0.0,2.0 * len);
	const float earlyTermination = 0.95;
	float backNearest = len; //assume no hit
	float dis = len;
	//check if axial plane is closest
	vec4 aClip = vec4(0.0, 0.0, 1.0, (1.0- clipPlane.z) - 0.5);
	float adis = (-aClip.a - dot(aClip.xyz, samplePos.xyz-0.5)) / dot(dir,aClip.xyz);
	if (adis > 0.0)
		dis = min(adis, dis);
	//check of coronal plane is closest
	vec4 cClip = vec4(0.0, 1.0, 0.0, (1.0- clipPlane.y) - 0.5);
	float cdis = (-cClip.a - dot(cClip.xyz, samplePos.xyz-0.5)) / dot(dir,cClip.xyz);
	if (cdis > 0.0)
		dis = min(cdis, dis);
	//check if coronal slice is closest
	vec4 sClip = vec4(1.0, 0.0, 0.0, (1.0- clipPlane.x) - 0.5);
	float sdis = (-sClip.a - dot(sClip.xyz, samplePos.xyz-0.5)) / dot(dir,sClip.xyz);
	if (sdis > 0.0)
		dis = min(sdis, dis);
	if ((dis > 0.0) && (dis < len)) {
		samplePos = vec4(samplePos.xyz+dir * dis, dis);
		colAcc = texture(volume, samplePos.xyz);
		colAcc.a = earlyTermination;
		firstHit = samplePos;
		backNearest = min(backNearest, samplePos.a);
	}
	//the following are only used by overlays
	vec4 clipPlaneColorX = clipPlaneColor;
	bool isColorPlaneInVolume = false;
	bool isClip = false;
	bool isClipCutaway = false;
	vec2 sampleRange = vec2(0.0, len);
	// vec4 clipPos = applyClip(dir, samplePos, len, isClip);
	float stepSizeFast = sliceSize * 1.9;
	vec4 deltaDirFast = vec4(dir.xyz * stepSizeFast, stepSizeFast);
	vec2 overlaySampleRange = vec2(0.0, len);
	bool overlayIsClipCutaway = false;
	if (samplePos.a < 0.0)
		vec4 samplePos = vec4(start.xyz, 0.0); //ray position
	float ran = fract(sin(gl_FragCoord.x * 12.9898 + gl_FragCoord.y * 78.233) * 43758.5453);
	samplePos += deltaDir * ran; //jitter ray
`+Es,Os=`#version 300 es
#line 215
#define MAX_CLIP_PLANES 6
precision highp int;
precision highp float;
uniform vec3 rayDir;
uniform vec3 texVox;
uniform int backgroundMasksOverlays;
uniform vec3 volScale;
uniform vec4 clipPlane;
uniform vec4 clipPlanes[MAX_CLIP_PLANES];
uniform bool isClipCutaway;
uniform highp sampler3D volume, overlay;
uniform highp sampler3D paqd;
uniform vec4 paqdUniforms;
uniform float overlays;
uniform float backOpacity;
uniform mat4 mvpMtx;
uniform mat4 matRAS;
uniform vec4 clipPlaneColor;
uniform float renderOverlayBlend;
uniform highp sampler3D drawing;
uniform highp sampler3D drawSmoothed;
uniform float smoothDrawing;
uniform highp sampler2D colormap;
uniform vec2 renderDrawAmbientOcclusionXY;
uniform bool isClipAllVolumes;
in vec3 vColor;
out vec4 fColor;
`+ws+Ts+`while (samplePos.a <= len) {
		if (skipSample(samplePos.a, sampleRange) ^^ isClipCutaway) {
			samplePos += deltaDirFast;
			continue;
		}
		vec4 colorSample = texture(volume, samplePos.xyz);
		samplePos += deltaDir; //advance ray position
		if (colorSample.a >= 0.01) {
			if (firstHit.a > len)
				firstHit = samplePos;
			// backNearest = min(backNearest, samplePos.a);
			colorSample.a = 1.0-pow((1.0 - colorSample.a), opacityCorrection);
			colorSample.rgb *= colorSample.a;
			colAcc= (1.0 - colAcc.a) * colorSample + colAcc;
			if ( colAcc.a > earlyTermination )
				break;
		}
	}
	if (firstHit.a < len)
		backNearest = firstHit.a;
`+Es,ks=`#version 300 es
#line 215
#define MAX_CLIP_PLANES 6
precision highp int;
precision highp float;
uniform vec3 rayDir;
uniform vec3 texVox;
uniform int backgroundMasksOverlays;
uniform vec3 volScale;
uniform vec4 clipPlane;
uniform vec4 clipPlanes[MAX_CLIP_PLANES];
uniform bool isClipCutaway;
uniform highp sampler3D volume, overlay;
uniform highp sampler3D paqd;
uniform vec4 paqdUniforms;
uniform float overlays;
uniform float backOpacity;
uniform mat4 mvpMtx;
uniform mat4 normMtx;
uniform mat4 matRAS;
uniform vec4 clipPlaneColor;
uniform float renderOverlayBlend;
uniform highp sampler3D drawing, gradient;
uniform highp sampler3D drawSmoothed;
uniform float smoothDrawing;
uniform highp sampler2D colormap;
uniform highp sampler2D matCap;
uniform vec2 renderDrawAmbientOcclusionXY;
uniform float gradientAmount;
uniform float silhouettePower;
uniform float gradientOpacity[192];
uniform bool isClipAllVolumes;
in vec3 vColor;
out vec4 fColor;
`,As=ks+ws+Ts+`
	float startPos = samplePos.a;
	float clipCloseThresh = 5.0 * deltaDir.a;
	float clipClose = sampleRange.x;
	if (isClipCutaway)
		clipClose = sampleRange.y;
	if (!isClip)
		clipClose = -1.0;
	float brighten = 2.0; //modulating makes average intensity darker 0.5 * 0.5 = 0.25
	//vec4 prevGrad = vec4(0.0);
	float silhouetteThreshold = 1.0 - silhouettePower;
	while (samplePos.a <= len) {
		if (skipSample(samplePos.a, sampleRange) ^^ isClipCutaway) {
			samplePos += deltaDirFast;
			continue;
		}
		vec4 colorSample = texture(volume, samplePos.xyz);
		if (colorSample.a >= 0.0) {
			vec4 grad = texture(gradient, samplePos.xyz);
			grad.rgb = grad.rgb*2.0 - 1.0;
			if (grad.a > 0.0)
				grad.rgb = normalize(grad.rgb);
			//if (grad.a < prevGrad.a)
			//	grad.rgb = prevGrad.rgb;
			//prevGrad = grad;
			vec3 n = mat3(normMtx) * grad.rgb;
			n.y = - n.y;
			vec4 mc = vec4(texture(matCap, n.xy * 0.5 + 0.5).rgb, 1.0) * brighten;
			mc = mix(vec4(1.0), mc, gradientAmount);
			if (abs(samplePos.a - clipClose) > clipCloseThresh)
				colorSample.rgb *= mc.rgb;
			if (firstHit.a > len)
				firstHit = samplePos;
			backNearest = min(backNearest, samplePos.a);
			colorSample.a = 1.0-pow((1.0 - colorSample.a), opacityCorrection);
			int gradIdx = int(grad.a * 192.0);
			colorSample.a *= gradientOpacity[gradIdx];
			float lightNormDot = dot(grad.rgb, rayDir);
			// n.b. "lightNormDor" is cosTheta, "silhouettePower" is Fresnel effect exponent
 			colorSample.a *= pow(1.0 - abs(lightNormDot), silhouettePower);
 			float viewAlign = abs(lightNormDot); // 0 = perpendicular, 1 = aligned
 			// linearly map silhouettePower (0..1) to a threshold range, e.g., [1.0, 0.0]
 			// Cull voxels that are too aligned with the view direction
 			if (viewAlign > silhouetteThreshold)
 				colorSample.a = 0.0;
			colorSample.rgb *= colorSample.a;
			colAcc= (1.0 - colAcc.a) * colorSample + colAcc;
			if ( colAcc.a > earlyTermination )
				break;
		}
		samplePos += deltaDir; //advance ray position
	}
`+Es,js=ks+ws+Ts+`
	float startPos = samplePos.a;
	//float clipClose = clipPos.a + 3.0 * deltaDir.a; //do not apply gradients near clip plane
	float brighten = 2.0; //modulating makes average intensity darker 0.5 * 0.5 = 0.25
	//vec4 prevGrad = vec4(0.0);
	while (samplePos.a <= len) {
		vec4 colorSample = texture(volume, samplePos.xyz);
		if (colorSample.a >= 0.0) {
			vec4 grad = texture(gradient, samplePos.xyz);
			grad.rgb = grad.rgb*2.0 - 1.0;
			if (grad.a > 0.0)
				grad.rgb = normalize(grad.rgb);
			colorSample.rgb = abs(grad.rgb);
			if (firstHit.a > len)
				firstHit = samplePos;
			backNearest = min(backNearest, samplePos.a);
			colorSample.a = 1.0-pow((1.0 - colorSample.a), opacityCorrection);
			colorSample.rgb *= colorSample.a;
			colAcc= (1.0 - colAcc.a) * colorSample + colAcc;
			if ( colAcc.a > earlyTermination )
				break;
		}
		samplePos += deltaDir; //advance ray position
	}
`+Es,Ms=`#version 300 es
#line 392
layout(location=0) in vec3 pos;
uniform int axCorSag;
uniform mat4 mvpMtx;
uniform mat4 frac2mm;
uniform float slice;
out vec3 texPos;
void main(void) {
	texPos = vec3(pos.x, pos.y, slice);
	if (axCorSag > 1)
		texPos = vec3(slice, pos.x, pos.y);
	else if (axCorSag > 0)
		texPos = vec3(pos.x, slice, pos.y);
	vec4 mm = frac2mm * vec4(texPos, 1.0);
	gl_Position = mvpMtx * mm;
}`,Ns=`#version 300 es
#line 411
precision highp int;
precision highp float;
uniform highp sampler3D volume, overlay;
uniform highp sampler3D paqd;
uniform vec4 paqdUniforms;
uniform int backgroundMasksOverlays;
uniform float overlayOutlineWidth;
uniform float overlayAlphaShader;
uniform int axCorSag;
uniform float overlays;
uniform float opacity;
uniform float drawOpacity;
uniform float drawRimOpacity;
uniform bool isAlphaClipDark;
uniform highp sampler3D drawing;
uniform highp sampler2D colormap;
in vec3 texPos;
out vec4 color;
`+Cs+`
vec4 blendRGBA(vec4 foreground, vec4 background) {
  float alphaOut = foreground.a + background.a * (1.0 - foreground.a);
  vec3 colorOut = (foreground.rgb * foreground.a + background.rgb * background.a * (1.0 - foreground.a)) / alphaOut;
  return vec4(colorOut, alphaOut);
}
float paqdEaseAlpha(float alpha) {
  // t are alpha transitions
  // <t0 -> y0
  // t0..t1  -> mix between y0..y1
  // t1..t2 -> mix between y1..y2
  // >t2 -> y2
  float t0 = paqdUniforms[0]; // 0.3;
  float t1 = 0.5 * (paqdUniforms[0] + paqdUniforms[1]); // 0.4;
  float t2 = paqdUniforms[1]; // 0.9;
  float y0 = 0.0;
  float y1 = abs(paqdUniforms[2]); // 1.0;
  float y2 = abs(paqdUniforms[3]); //0.25;
  if (alpha <= t0) {
    return y0;
  } else if (alpha <= t1) {
    return mix(y0, y1, (alpha - t0) / (t1 - t0)); // LERP 0.0 → 1.0
  } else if (alpha <= t2) {
    return mix(y1, y2, (alpha - t1) / (t2 - t1)); // LERP 1.0 → 0.2
  } else {
    return y2;
  }
}

void main() {
	//color = vec4(1.0, 0.0, 1.0, 1.0);return;
	vec4 background = texture(volume, texPos);
	color = vec4(background.rgb, opacity);
	if ((isAlphaClipDark) && (background.a == 0.0)) color.a = 0.0; //FSLeyes clipping range
	vec4 ocolor = vec4(0.0);
	float overlayAlpha = overlayAlphaShader;
	if (overlays > 0.0) {
		ocolor = texture(overlay, texPos);
		//dFdx for "boxing" issue 435 has aliasing on some implementations (coarse vs fine)
		//however, this only identifies 50% of the edges due to aliasing effects
		// http://www.aclockworkberry.com/shader-derivative-functions/
		// https://bgolus.medium.com/distinctive-derivative-differences-cce38d36797b
		//if ((ocolor.a >= 1.0) && ((dFdx(ocolor.a) != 0.0) || (dFdy(ocolor.a) != 0.0)  ))
		//	ocolor.rbg = vec3(0.0, 0.0, 0.0);
		bool isOutlineBelowNotAboveThreshold = true;
		if (isOutlineBelowNotAboveThreshold) {
			if ((overlayOutlineWidth > 0.0) && (ocolor.a < 1.0)) { //check voxel neighbors for edge
				vec3 vx = (overlayOutlineWidth ) / vec3(textureSize(overlay, 0));
				//6 voxel neighbors that share a face
				vec3 vxR = vec3(texPos.x+vx.x, texPos.y, texPos.z);
				vec3 vxL = vec3(texPos.x-vx.x, texPos.y, texPos.z);
				vec3 vxA = vec3(texPos.x, texPos.y+vx.y, texPos.z);
				vec3 vxP = vec3(texPos.x, texPos.y-vx.y, texPos.z);
				vec3 vxS = vec3(texPos.x, texPos.y, texPos.z+vx.z);
				vec3 vxI = vec3(texPos.x, texPos.y, texPos.z-vx.z);
				float a = 0.0;
				if (axCorSag != 2) {
					a = max(a, texture(overlay, vxR).a);
					a = max(a, texture(overlay, vxL).a);
				}
				if (axCorSag != 1) {
					a = max(a, texture(overlay, vxA).a);
					a = max(a, texture(overlay, vxP).a);
				}
				if (axCorSag != 0) {
					a = max(a, texture(overlay, vxS).a);
					a = max(a, texture(overlay, vxI).a);
				}
				bool isCheckCorners = true;
				if (isCheckCorners) {
					//12 voxel neighbors that share an edge
					vec3 vxRA = vec3(texPos.x+vx.x, texPos.y+vx.y, texPos.z);
					vec3 vxLA = vec3(texPos.x-vx.x, texPos.y+vx.y, texPos.z);
					vec3 vxRP = vec3(texPos.x+vx.x, texPos.y-vx.y, texPos.z);
					vec3 vxLP = vec3(texPos.x-vx.x, texPos.y-vx.y, texPos.z);
					vec3 vxRS = vec3(texPos.x+vx.x, texPos.y, texPos.z+vx.z);
					vec3 vxLS = vec3(texPos.x-vx.x, texPos.y, texPos.z+vx.z);
					vec3 vxRI = vec3(texPos.x+vx.x, texPos.y, texPos.z-vx.z);
					vec3 vxLI = vec3(texPos.x-vx.x, texPos.y, texPos.z-vx.z);
					vec3 vxAS = vec3(texPos.x, texPos.y+vx.y, texPos.z+vx.z);
					vec3 vxPS = vec3(texPos.x, texPos.y-vx.y, texPos.z+vx.z);
					vec3 vxAI = vec3(texPos.x, texPos.y+vx.y, texPos.z-vx.z);
					vec3 vxPI = vec3(texPos.x, texPos.y-vx.y, texPos.z-vx.z);

					if (axCorSag == 0) { //axial corners
						a = max(a, texture(overlay, vxRA).a);
						a = max(a, texture(overlay, vxLA).a);
						a = max(a, texture(overlay, vxRP).a);
						a = max(a, texture(overlay, vxLP).a);
					}
					if (axCorSag == 1) { //coronal corners
						a = max(a, texture(overlay, vxRS).a);
						a = max(a, texture(overlay, vxLS).a);
						a = max(a, texture(overlay, vxRI).a);
						a = max(a, texture(overlay, vxLI).a);
					}
					if (axCorSag == 2) { //sagittal corners
						a = max(a, texture(overlay, vxAS).a);
						a = max(a, texture(overlay, vxPS).a);
						a = max(a, texture(overlay, vxAI).a);
						a = max(a, texture(overlay, vxPI).a);
					}
				}
				if (a >= 1.0) {
					ocolor = vec4(0.0, 0.0, 0.0, 1.0);
					overlayAlpha = 1.0;
				}
			}

		} else {
			if ((overlayOutlineWidth > 0.0) && (ocolor.a >= 1.0)) { //check voxel neighbors for edge
				vec3 vx = (overlayOutlineWidth ) / vec3(textureSize(overlay, 0));
				vec3 vxR = vec3(texPos.x+vx.x, texPos.y, texPos.z);
				vec3 vxL = vec3(texPos.x-vx.x, texPos.y, texPos.z);
				vec3 vxA = vec3(texPos.x, texPos.y+vx.y, texPos.z);
				vec3 vxP = vec3(texPos.x, texPos.y-vx.y, texPos.z);
				vec3 vxS = vec3(texPos.x, texPos.y, texPos.z+vx.z);
				vec3 vxI = vec3(texPos.x, texPos.y, texPos.z-vx.z);
				float a = 1.0;
				if (axCorSag != 2) {
					a = min(a, texture(overlay, vxR).a);
					a = min(a, texture(overlay, vxL).a);
				}
				if (axCorSag != 1) {
					a = min(a, texture(overlay, vxA).a);
					a = min(a, texture(overlay, vxP).a);
				}
				if (axCorSag != 0) {
					a = min(a, texture(overlay, vxS).a);
					a = min(a, texture(overlay, vxI).a);
				}
				if (a < 1.0) {
					ocolor = vec4(0.0, 0.0, 0.0, 1.0);
					overlayAlpha = 1.0;
				}
			}
		} //outline above threshold
	}

`,Ps=`#version 300 es
#line 411
precision highp int;
precision highp float;
uniform highp sampler2D volume, overlay;
uniform int backgroundMasksOverlays;
uniform float overlayOutlineWidth;
uniform float overlayAlphaShader;
uniform int axCorSag;
uniform float overlays;
uniform float opacity;
uniform float drawOpacity;
uniform bool isAlphaClipDark;
uniform highp sampler2D drawing;
uniform highp sampler2D colormap;
in vec3 texPos;
out vec4 color;`+Cs+`void main() {
	//color = vec4(1.0, 0.0, 1.0, 1.0);return;
	vec4 background = texture(volume, texPos.xy);
	color = vec4(background.rgb, opacity);
	if ((isAlphaClipDark) && (background.a == 0.0)) color.a = 0.0; //FSLeyes clipping range
	vec4 dcolor = drawColor(texture(drawing, texPos.xy).r, drawOpacity);
	if (dcolor.a > 0.0) {
		color.rgb = mix(color.rgb, dcolor.rgb, dcolor.a);
		color.a = max(drawOpacity, color.a);
	}
}`,Fs=`	ocolor.a *= overlayAlpha;
	float drawV = texture(drawing, texPos).r;
	vec4 dcolor = drawColor(drawV, drawOpacity);
	if (dcolor.a > 0.0) {
		if (drawRimOpacity >= 0.0) {
			vec3 vx = 1.0 / vec3(textureSize(drawing, 0));
			//6 voxel neighbors that share a face
			vec3 offsetX = dFdx(texPos); // left-right spacing
			vec3 offsetY = dFdy(texPos); // up-down spacing
			float L = texture(drawing, texPos - offsetX).r;
			float R = texture(drawing, texPos + offsetX).r;
			float T = texture(drawing, texPos - offsetY).r;
			float B = texture(drawing, texPos + offsetY).r;
			if (L != drawV || R != drawV || T != drawV || B != drawV)
				dcolor.a = drawRimOpacity;
		}
		color.rgb = mix(color.rgb, dcolor.rgb, dcolor.a);
		color.a = max(drawOpacity, color.a);
	}
	vec4 pcolor = texture(paqd, texPos);
	if (pcolor.a > 0.0) {
		pcolor.a = paqdEaseAlpha(pcolor.a);
		if (pcolor.a > 0.0) {
			if (paqdUniforms[3] < 0.0)
				ocolor = blendRGBA(pcolor, ocolor);
			else
				ocolor = blendRGBA(ocolor, pcolor);
		}
	}
	if ((backgroundMasksOverlays > 0) && (background.a == 0.0))
		return;
	float a = color.a + ocolor.a * (1.0 - color.a); // premultiplied alpha
	if (a == 0.0) return;
	color.rgb = mix(color.rgb, ocolor.rgb, ocolor.a / a);
	color.a = a;
}`,Is=Ns+Fs,Ls=Ns+`	if (ocolor.a > 0.0) {
		//https://gamedev.stackexchange.com/questions/102889/is-it-possible-to-convert-vec4-to-int-in-glsl-using-opengl-es
		uint alpha = uint(ocolor.a * 255.0);
		vec3 xyzFlip = vec3(float((uint(1) & alpha) > uint(0)), float((uint(2) & alpha) > uint(0)), float((uint(4) & alpha) > uint(0)));
		//convert from 0 and 1 to -1 and 1
		xyzFlip = (xyzFlip * 2.0) - 1.0;
		//https://math.stackexchange.com/questions/1905533/find-perpendicular-distance-from-point-to-line-in-3d
		//v1 principle direction of tensor for this voxel
		vec3 v1 = ocolor.rgb;
		//flips encode polarity to convert from 0..1 to -1..1 (27 bits vs 24 bit precision)
		v1 = normalize( v1 * xyzFlip);
		vec3 vxl = fract(texPos * vec3(textureSize(volume, 0))) - 0.5;
		//vxl coordinates now -0.5..+0.5 so 0,0,0 is origin
		vxl.x = -vxl.x;
		float t = dot(vxl,v1);
		vec3 P = t * v1;
		float dx = length(P-vxl);
		ocolor.a = 1.0 - smoothstep(0.2,0.25, dx);
		//if modulation was applied, use that to scale alpha not color:
		ocolor.a *= length(ocolor.rgb);
		ocolor.rgb = normalize(ocolor.rgb);
		//compute distance one half voxel closer to viewer:
		float pan = 0.5;
		if (axCorSag == 0)
			vxl.z -= pan;
		if (axCorSag == 1)
			vxl.y -= pan;
		if (axCorSag == 2)
			vxl.x += pan;
		t = dot(vxl,v1);
		P = t * v1;
		float dx2 = length(P-vxl);
		ocolor.rgb += (dx2-dx-(0.5 * pan)) * 1.0;
	}
`+Fs,Rs=`#version 300 es
#line 480
precision highp int;
precision highp float;
uniform vec4 lineColor;
out vec4 color;
void main() {
	color = lineColor;
}`,zs=`#version 300 es
#line 723
precision highp int;
precision highp float;

uniform vec4 lineColor;
uniform vec4 leftTopWidthHeight;
uniform float thickness; // line thickness in pixels
uniform vec2 canvasWidthHeight;

out vec4 color;

void main() {
    // fragment position in screen coordinates
    vec2 fragCoord = gl_FragCoord.xy;

    // canvas height
    float canvasHeight = canvasWidthHeight.y;

    // 'top' and 'bottom' to match gl_FragCoord.y coordinate system
    float top = canvasHeight - leftTopWidthHeight.y;
    float bottom = top - leftTopWidthHeight.w;

    // left and right edges
    float left = leftTopWidthHeight.x;
    float right = left + leftTopWidthHeight.z;

    bool withinLeft = fragCoord.x >= left && fragCoord.x <= left + thickness;
    bool withinRight = fragCoord.x <= right && fragCoord.x >= right - thickness;
    bool withinTop = fragCoord.y <= top && fragCoord.y >= top - thickness;
    bool withinBottom = fragCoord.y >= bottom && fragCoord.y <= bottom + thickness;

    bool isOutline = withinLeft || withinRight || withinTop || withinBottom;

    if (isOutline) {
        color = lineColor;
    } else {
        discard; 
    }
}`,Bs=`#version 300 es
#line 490
layout(location=0) in vec3 pos;
uniform vec2 canvasWidthHeight;
uniform vec4 leftTopWidthHeight;
out vec2 vColor;
void main(void) {
	//convert pixel x,y space 1..canvasWidth,1..canvasHeight to WebGL 1..-1,-1..1
	vec2 frac;
	frac.x = (leftTopWidthHeight.x + (pos.x * leftTopWidthHeight.z)) / canvasWidthHeight.x; //0..1
	frac.y = 1.0 - ((leftTopWidthHeight.y + ((1.0 - pos.y) * leftTopWidthHeight.w)) / canvasWidthHeight.y); //1..0
	frac = (frac * 2.0) - 1.0;
	gl_Position = vec4(frac, 0.0, 1.0);
	vColor = pos.xy;
}`,Vs=`#version 300 es
#line 506
precision highp int;
precision highp float;
uniform highp sampler2D colormap;
uniform float layer;
in vec2 vColor;
out vec4 color;
void main() {
	float nlayer = float(textureSize(colormap, 0).y);
	float fmap = (0.5 + layer) / nlayer;
	color = vec4(texture(colormap, vec2(vColor.x, fmap)).rgb, 1.0);
}`,Hs=`#version 300 es
#line 520
layout(location=0) in vec3 pos;
uniform vec2 canvasWidthHeight;
uniform vec4 leftTopWidthHeight;
void main(void) {
	//convert pixel x,y space 1..canvasWidth,1..canvasHeight to WebGL 1..-1,-1..1
	vec2 frac;
	frac.x = (leftTopWidthHeight.x + (pos.x * leftTopWidthHeight.z)) / canvasWidthHeight.x; //0..1
	frac.y = 1.0 - ((leftTopWidthHeight.y + ((1.0 - pos.y) * leftTopWidthHeight.w)) / canvasWidthHeight.y); //1..0
	frac = (frac * 2.0) - 1.0;
	gl_Position = vec4(frac, 0.0, 1.0);
}`,Us=`#version 300 es
#line 534
layout(location=0) in vec3 pos;
uniform vec2 canvasWidthHeight;
uniform float thickness;
uniform vec4 startXYendXY;
void main(void) {
	vec2 posXY = mix(startXYendXY.xy, startXYendXY.zw, pos.x);
	vec2 dir = normalize(startXYendXY.xy - startXYendXY.zw);
	posXY += vec2(-dir.y, dir.x) * thickness * (pos.y - 0.5);
	posXY.x = (posXY.x) / canvasWidthHeight.x; //0..1
	posXY.y = 1.0 - (posXY.y / canvasWidthHeight.y); //1..0
	gl_Position = vec4((posXY * 2.0) - 1.0, 0.0, 1.0);
}`,Ws=`#version 300 es
#line 534
layout(location=0) in vec3 pos;
uniform vec2 canvasWidthHeight;
uniform float thickness;
uniform vec2 startXY;
uniform vec3 endXYZ; // transformed XYZ point
void main(void) {	
	vec2 posXY = mix(startXY.xy, endXYZ.xy, pos.x);
	vec2 startDiff = endXYZ.xy - startXY.xy;
	float startDistance = length(startDiff);
	vec2 diff = endXYZ.xy - posXY;
	float currentDistance = length(diff);
	vec2 dir = normalize(startXY.xy - endXYZ.xy);
	posXY += vec2(-dir.y, dir.x) * thickness * (pos.y - 0.5);
	posXY.x = (posXY.x) / canvasWidthHeight.x; //0..1
	posXY.y = 1.0 - (posXY.y / canvasWidthHeight.y); //1..0	
	float z = endXYZ.z * ( 1.0 - abs(currentDistance/startDistance)); 
	gl_Position = vec4((posXY * 2.0) - 1.0, z, 1.0);
}`,Gs=`#version 300 es
#line 549
layout(location=0) in vec3 pos;
uniform vec2 canvasWidthHeight;
uniform vec4 leftTopWidthHeight;
out vec2 vUV;
void main(void) {
	//convert pixel x,y space 1..canvasWidth,1..canvasHeight to WebGL 1..-1,-1..1
	vec2 frac;
	frac.x = (leftTopWidthHeight.x + (pos.x * leftTopWidthHeight.z)) / canvasWidthHeight.x; //0..1
	frac.y = 1.0 - ((leftTopWidthHeight.y + ((1.0 - pos.y) * leftTopWidthHeight.w)) / canvasWidthHeight.y); //1..0
	frac = (frac * 2.0) - 1.0;
	gl_Position = vec4(frac, 0.0, 1.0);
	vUV = vec2(pos.x, 1.0 - pos.y);
}`,Ks=`#version 300 es
#line 565
precision highp int;
precision highp float;
uniform highp sampler2D bmpTexture;
in vec2 vUV;
out vec4 color;
void main() {
	color = texture(bmpTexture, vUV);
}`,qs=`#version 300 es
#line 576
layout(location=0) in vec3 pos;
uniform vec2 canvasWidthHeight;
uniform vec4 leftTopWidthHeight;
uniform vec4 uvLeftTopWidthHeight;
out vec2 vUV;
void main(void) {
	//convert pixel x,y space 1..canvasWidth,1..canvasHeight to WebGL 1..-1,-1..1
	vec2 frac;
	frac.x = (leftTopWidthHeight.x + (pos.x * leftTopWidthHeight.z)) / canvasWidthHeight.x; //0..1
	frac.y = 1.0 - ((leftTopWidthHeight.y + ((1.0 - pos.y) * leftTopWidthHeight.w)) / canvasWidthHeight.y); //1..0
	frac = (frac * 2.0) - 1.0;
	gl_Position = vec4(frac, 0.0, 1.0);
	vUV = vec2(uvLeftTopWidthHeight.x + (pos.x * uvLeftTopWidthHeight.z), uvLeftTopWidthHeight.y  + ((1.0 - pos.y) * uvLeftTopWidthHeight.w) );
}`,Js=`#version 300 es
#line 593
precision highp int;
precision highp float;
uniform highp sampler2D fontTexture;
uniform vec4 fontColor;
uniform float screenPxRange;
in vec2 vUV;
out vec4 color;
float median(float r, float g, float b) {
	return max(min(r, g), min(max(r, g), b));
}
void main() {
	vec3 msd = texture(fontTexture, vUV).rgb;
	float sd = median(msd.r, msd.g, msd.b);
	float screenPxDistance = screenPxRange*(sd - 0.5);
	float opacity = clamp(screenPxDistance + 0.5, 0.0, 1.0);
	color = vec4(fontColor.rgb , fontColor.a * opacity);
}`,Ys=`#version 300 es
layout(location=0) in vec3 pos;
uniform vec2 canvasWidthHeight;
uniform vec4 leftTopWidthHeight;
uniform vec4 uvLeftTopWidthHeight;
out vec2 vUV;
void main(void) {
	//convert pixel x,y space 1..canvasWidth,1..canvasHeight to WebGL 1..-1,-1..1
	vec2 frac;
	frac.x = (leftTopWidthHeight.x + (pos.x * leftTopWidthHeight.z)) / canvasWidthHeight.x; //0..1
	frac.y = 1.0 - ((leftTopWidthHeight.y + ((1.0 - pos.y) * leftTopWidthHeight.w)) / canvasWidthHeight.y); //1..0
	frac = (frac * 2.0) - 1.0;
	gl_Position = vec4(frac, 0.0, 1.0);
	vUV = pos.xy;
}`,Xs=`#version 300 es
precision highp int;
precision highp float;
uniform vec4 circleColor;
uniform float fillPercent;
in vec2 vUV;
out vec4 color;
void main() {
	/* Check if the pixel is inside the circle
		 and color it with a gradient. Otherwise, color it 
		 transparent   */
	float distance = length(vUV-vec2(0.5,0.5));
	if ( distance < 0.5 && distance >= (1.0 - fillPercent) / 2.0){
			color = vec4(circleColor.r,circleColor.g,circleColor.b,circleColor.a) ;			
	}else{
			color = vec4(0.0,0.0,0.0,0.0);
	}
}
`,Zs=`#version 300 es
#line 613
precision highp int;
precision highp float;
in vec3 vPos;
out vec2 TexCoord;
void main() {
	TexCoord = vPos.xy;
	gl_Position = vec4( (vPos.xy-vec2(0.5,0.5)) * 2.0, 0.0, 1.0);
}`,Qs=`#version 300 es
uniform highp usampler3D intensityVol;
`,$s=`#version 300 es
uniform highp isampler3D intensityVol;
`,ec=`#version 300 es
uniform highp sampler3D intensityVol;
`,tc=`#line 1042
precision highp int;
precision highp float;
in vec2 TexCoord;
out vec4 FragColor;
uniform bool isAdditiveBlend;
uniform float coordZ;
uniform float layer;
uniform highp sampler2D colormap;
uniform lowp sampler3D blend3D;
uniform float opacity;
uniform uint activeIndex;
uniform vec4 xyzaFrac;
uniform mat4 mtx;
float textureWidth;
float nlayer;
float layerY;

vec4 scalar2color(uint idx) {
	float fx = (float(idx) + 0.5) / textureWidth;
	vec4 clr = texture(colormap, vec2(fx, layerY)).rgba;
	if (clr.a > 0.0)
		clr.a = 1.0;
	clr.a *= opacity;
	return clr;
}
void main(void) {
	vec4 vx = vec4(TexCoord.x, TexCoord.y, coordZ, 1.0) * mtx;
	uint idx = uint(texture(intensityVol, vx.xyz).r);
	if (idx == uint(0)) {
		if (layer < 1.0) {
			FragColor = vec4(0.0, 0.0, 0.0, 0.0);
			return;
		}
		FragColor = texture(blend3D, vec3(TexCoord.xy, coordZ));
		return;
	}
	textureWidth = float(textureSize(colormap, 0).x);
	nlayer = float(textureSize(colormap, 0).y);
	layerY = ((2.0 * layer) + 1.5) / nlayer;
	//idx = ((idx - uint(1)) % uint(100))+uint(1);
	FragColor = scalar2color(idx);
	bool isBorder = false;
	vx = vec4(TexCoord.x+xyzaFrac.x, TexCoord.y, coordZ, 1.0) * mtx;
	uint R = uint(texture(intensityVol, vx.xyz).r);
	vx = vec4(TexCoord.x-xyzaFrac.x, TexCoord.y, coordZ, 1.0) * mtx;
	uint L = uint(texture(intensityVol, vx.xyz).r);
	vx = vec4(TexCoord.x, TexCoord.y+xyzaFrac.y, coordZ, 1.0) * mtx;
	uint A = uint(texture(intensityVol, vx.xyz).r);
	vx = vec4(TexCoord.x, TexCoord.y-xyzaFrac.y, coordZ, 1.0) * mtx;
	uint P = uint(texture(intensityVol, vx.xyz).r);
	vx = vec4(TexCoord.x, TexCoord.y, coordZ+xyzaFrac.z, 1.0) * mtx;
	uint S = uint(texture(intensityVol, vx.xyz).r);
	vx = vec4(TexCoord.x, TexCoord.y, coordZ-xyzaFrac.z, 1.0) * mtx;
	uint I = uint(texture(intensityVol, vx.xyz).r);
	vec4 centerColor = FragColor;
	FragColor.a += scalar2color(R).a;
	FragColor.a += scalar2color(L).a;
	FragColor.a += scalar2color(A).a;
	FragColor.a += scalar2color(P).a;
	FragColor.a += scalar2color(S).a;
	FragColor.a += scalar2color(I).a;
	FragColor.a /= 7.0;
	if ((!isBorder) &&(idx == activeIndex)) {
		if (centerColor.a > 0.5)
			FragColor.a *= 0.4;
		else
			FragColor.a =0.8;
	}
	if (xyzaFrac.a != 0.0) { //outline
		if ((idx != R) || (idx != L) || (idx != A) || (idx != P) || (idx != S) || (idx != I)) {
			isBorder = true;
			if (xyzaFrac.a > 0.0)
				FragColor.a = xyzaFrac.a;
			else
				FragColor = vec4(0.0, 0.0, 0.0, 1.0);
		}
	}
	if (layer < 1.0) return;
		vec4 prevColor = texture(blend3D, vec3(TexCoord.xy, coordZ));
		// https://en.wikipedia.org/wiki/Alpha_compositing
		float aout = FragColor.a + (1.0 - FragColor.a) * prevColor.a;
		if (aout <= 0.0) return;
		if (isAdditiveBlend)
			FragColor.rgb = ((FragColor.rgb * FragColor.a) + (prevColor.rgb * prevColor.a)) / aout;
		else
			FragColor.rgb = ((FragColor.rgb * FragColor.a) + (prevColor.rgb * prevColor.a * (1.0 - FragColor.a))) / aout;
		FragColor.a = aout;
}`,nc=`#line 691
precision highp int;
precision highp float;
in vec2 TexCoord;
out vec4 FragColor;
uniform float coordZ;
uniform float layer;
uniform float scl_slope;
uniform float scl_inter;
uniform float cal_max;
uniform float cal_min;
uniform float cal_maxNeg;
uniform float cal_minNeg;
uniform bool isAlphaThreshold;
uniform bool isColorbarFromZero;
uniform bool isAdditiveBlend;
uniform highp sampler2D colormap;
uniform lowp sampler3D blend3D;
uniform int modulation;
uniform highp sampler3D modulationVol;
uniform float opacity;
uniform mat4 mtx;
void main(void) {
	vec4 vx = vec4(TexCoord.xy, coordZ, 1.0) * mtx;
	if ((vx.x < 0.0) || (vx.x > 1.0) || (vx.y < 0.0) || (vx.y > 1.0) || (vx.z < 0.0) || (vx.z > 1.0)) {
		//set transparent if out of range
		//https://webglfundamentals.org/webgl/webgl-3d-textures-repeat-clamp.html
		FragColor = texture(blend3D, vec3(TexCoord.xy, coordZ));
		return;
	}
	float f = (scl_slope * float(texture(intensityVol, vx.xyz).r)) + scl_inter;
	float mn = cal_min;
	float mx = cal_max;
	if ((isAlphaThreshold) || (isColorbarFromZero))
		mn = 0.0;
	float r = max(0.00001, abs(mx - mn));
	mn = min(mn, mx);
	float txl = mix(0.0, 1.0, (f - mn) / r);
	if (f > mn) { //issue1139: survives threshold, so round up to opaque voxel
		txl = max(txl, 2.0/256.0);
	}
	//https://stackoverflow.com/questions/5879403/opengl-texture-coordinates-in-pixel-space
	float nlayer = float(textureSize(colormap, 0).y);
	//each volume has two color maps:
	// (layer*2) = negative and (layer * 2) + 1 = positive
	float y = ((2.0 * layer) + 1.5)/nlayer;
	FragColor = texture(colormap, vec2(txl, y)).rgba;
	//negative colors
	mn = cal_minNeg;
	mx = cal_maxNeg;
	if ((isAlphaThreshold) || (isColorbarFromZero))
		mx = 0.0;
	//if ((!isnan(cal_minNeg)) && ( f < mx)) {
	if ((cal_minNeg < cal_maxNeg) && ( f < mx)) {
		r = max(0.00001, abs(mx - mn));
		mn = min(mn, mx);
		txl = 1.0 - mix(0.0, 1.0, (f - mn) / r);
		//issue1139: survives threshold, so round up to opaque voxel
		txl = max(txl, 2.0/256.0);
		y = ((2.0 * layer) + 0.5)/nlayer;
		FragColor = texture(colormap, vec2(txl, y));
	}
	if (layer > 0.7)
		FragColor.a = step(0.00001, FragColor.a);
	//if (modulation > 10)
	//	FragColor.a *= texture(modulationVol, vx.xyz).r;
	//	FragColor.rgb *= texture(modulationVol, vx.xyz).r;
	if (isAlphaThreshold) {
		if ((cal_minNeg != cal_maxNeg) && ( f < 0.0) && (f > cal_maxNeg))
			FragColor.a = pow(-f / -cal_maxNeg, 2.0);
		else if ((f > 0.0) && (cal_min > 0.0))
			FragColor.a *= pow(f / cal_min, 2.0); //issue435:  A = (V/X)**2
		//FragColor.g = 0.0;
	} else if (isColorbarFromZero) {
		if ((cal_minNeg != cal_maxNeg) && ( f < 0.0) && (f > cal_maxNeg))
			FragColor.a = 0.0;
		else if ((f > 0.0) && (cal_min > 0.0) && (f < cal_min))
			FragColor.a *= 0.0;

	}
	if (modulation == 1) {
		FragColor.rgb *= texture(modulationVol, vx.xyz).r;
	} else if (modulation == 2) {
		FragColor.a = texture(modulationVol, vx.xyz).r;
	}
	FragColor.a *= opacity;
	if (layer < 1.0) return;
	vec4 prevColor = texture(blend3D, vec3(TexCoord.xy, coordZ));
	// https://en.wikipedia.org/wiki/Alpha_compositing
	float aout = FragColor.a + (1.0 - FragColor.a) * prevColor.a;
	if (aout <= 0.0) return;
	if (isAdditiveBlend)
		FragColor.rgb = ((FragColor.rgb * FragColor.a) + (prevColor.rgb * prevColor.a)) / aout;
	else
		FragColor.rgb = ((FragColor.rgb * FragColor.a) + (prevColor.rgb * prevColor.a * (1.0 - FragColor.a))) / aout;
	FragColor.a = aout;
}`,rc=`#line 773
precision highp int;
precision highp float;
in vec2 TexCoord;
out vec4 FragColor;
uniform float coordZ;
uniform float layer;
uniform float scl_slope;
uniform float scl_inter;
uniform float cal_max;
uniform float cal_min;
uniform highp sampler2D colormap;
uniform lowp sampler3D blend3D;
uniform float opacity;
uniform mat4 mtx;
uniform bool hasAlpha;
uniform int modulation;
uniform highp sampler3D modulationVol;
float textureWidth;
float nlayer;
float layerY;

vec4 scalar2color(uint idx) {
	float fx = (float(idx) + 0.5) / textureWidth;
	vec4 clr = texture(colormap, vec2(fx, layerY)).rgba;
	if (clr.a > 0.0)
		clr.a = 1.0;
	clr.a *= opacity;
	return clr;
}

vec4 paqd2color(uvec4 rgba) {
  // paqd r: max prob index, g: 2nd index, b: max prob a: 2nd prob
  float prob1 = float(rgba.b)/255.0;
  float prob2 = float(rgba.a)/255.0;
  vec4 clr1 = scalar2color(rgba.r);
  vec4 clr2 = scalar2color(rgba.g);
  float total = prob1 + prob2;
  vec4 clr = vec4(clr1.rgb, total);
  // vec4 clr = vec4(clr1.rgb, prob1);
  if (total > 0.0) {
    clr.rgb = mix(clr2.rgb, clr1.rgb, prob1 / total);
  }
  return clr;
}
void main(void) {
	vec4 vx = vec4(TexCoord.xy, coordZ, 1.0) * mtx;
	ivec3 voxelCoord = ivec3(vx.xyz * vec3(textureSize(intensityVol, 0)));
	uvec4 rgba = texelFetch(intensityVol, voxelCoord, 0);
	FragColor = vec4(0.0, 0.0, 0.0, 0.0);
	if (rgba.r > uint(0)) {
		textureWidth = float(textureSize(colormap, 0).x);
		nlayer = float(textureSize(colormap, 0).y);
		layerY = ((2.0 * layer) + 1.5) / nlayer;
		FragColor = paqd2color(rgba);
		return;
	}
	// if (layer > 2.0) return;
	// FragColor = texture(blend3D, vec3(TexCoord.xy, coordZ));
}`,ic=`#line 773
precision highp int;
precision highp float;
in vec2 TexCoord;
out vec4 FragColor;
uniform float coordZ;
uniform float layer;
uniform float scl_slope;
uniform float scl_inter;
uniform float cal_max;
uniform float cal_min;
uniform highp sampler2D colormap;
uniform lowp sampler3D blend3D;
uniform float opacity;
uniform mat4 mtx;
uniform bool hasAlpha;
uniform int modulation;
uniform highp sampler3D modulationVol;
void main(void) {
	vec4 vx = vec4(TexCoord.xy, coordZ, 1.0) * mtx;
	uvec4 aColor = texture(intensityVol, vx.xyz);
	FragColor = vec4(float(aColor.r) / 255.0, float(aColor.g) / 255.0, float(aColor.b) / 255.0, float(aColor.a) / 255.0);
	if (modulation == 1)
		FragColor.rgb *= texture(modulationVol, vx.xyz).r;
	if (!hasAlpha) {
		FragColor.a = (FragColor.r * 0.21 + FragColor.g * 0.72 + FragColor.b * 0.07);
		//next line: we could binarize alpha, but see rendering of visible human
		//FragColor.a = step(0.01, FragColor.a);
	}
	if (modulation == 2)
		FragColor.a = texture(modulationVol, vx.xyz).r;
	FragColor.a *= opacity;
	if (layer < 1.0) return;
	vec4 prevColor = texture(blend3D, vec3(TexCoord.xy, coordZ));
	// https://en.wikipedia.org/wiki/Alpha_compositing
	float aout = FragColor.a + (1.0 - FragColor.a) * prevColor.a;
	if (aout <= 0.0) return;
	FragColor.rgb = ((FragColor.rgb * FragColor.a) + (prevColor.rgb * prevColor.a * (1.0 - FragColor.a))) / aout;
	FragColor.a = aout;
}`,ac=`#version 300 es
#line 808
precision highp int;
precision highp float;
in vec3 vPos;
out vec2 TexCoord;
void main() {
	TexCoord = vPos.xy;
	gl_Position = vec4((vPos.x - 0.5) * 2.0, (vPos.y - 0.5) * 2.0, 0.0, 1.0);
}`,oc=`#version 300 es
#line 829
	precision highp float;
	precision highp int;
	precision highp isampler3D;
	layout(location = 0) out int label;
	layout(location = 1) out int strength;
	in vec2 TexCoord;
	uniform int finalPass;
	uniform float coordZ;
	uniform lowp sampler3D in3D;
	uniform highp isampler3D backTex; // background
	uniform highp isampler3D labelTex; // label
	uniform highp isampler3D strengthTex; // strength
void main(void) {
	vec3 interpolatedTextureCoordinate = vec3(TexCoord.xy, coordZ);
	ivec3 size = textureSize(backTex, 0);
	ivec3 texelIndex = ivec3(floor(interpolatedTextureCoordinate * vec3(size)));
	int background = texelFetch(backTex, texelIndex, 0).r;
	label = texelFetch(labelTex, texelIndex, 0).r;
	strength = texelFetch(strengthTex, texelIndex, 0).r;
	for (int k = -1; k <= 1; k++) {
		for (int j = -1; j <= 1; j++) {
			for (int i = -1; i <= 1; i++) {
				if (i != 0 && j != 0 && k != 0) {
					ivec3 neighborIndex = texelIndex + ivec3(i,j,k);
					int neighborBackground = texelFetch(backTex, neighborIndex, 0).r;
					int neighborStrength = texelFetch(strengthTex, neighborIndex, 0).r;
					int strengthCost = abs(neighborBackground - background);
					int takeoverStrength = neighborStrength - strengthCost;
					if (takeoverStrength > strength) {
						strength = takeoverStrength;
						label = texelFetch(labelTex, neighborIndex, 0).r;
					}
				}
			}
		}
	}
	if (finalPass < 1)
		return;
	int ok = 1;
	ivec4 labelCount = ivec4(0,0,0,0);
	for (int k = -1; k <= 1; k++)
		for (int j = -1; j <= 1; j++)
			for (int i = -1; i <= 1; i++) {
				ivec3 neighborIndex = texelIndex + ivec3(i,j,k);
				int ilabel = texelFetch(labelTex, neighborIndex, 0).r;
				if ((ilabel < 0) || (ilabel > 3))
					ok = 0;
				else
					labelCount[ilabel]++;
			}
	if (ok != 1) {
		return;
	}
	int maxIdx = 0;
	for (int i = 1; i < 4; i++) {
		if (labelCount[i] > labelCount[maxIdx])
			maxIdx = i;
	}
	label = maxIdx;
}`,sc=`#version 300 es
layout(location=0) in vec3 pos;
uniform mat4 mvpMtx;
void main(void) {
	gl_Position = mvpMtx * vec4(pos, 1.0);
}`,cc=`#version 300 es
precision highp int;
precision highp float;
uniform vec4 surfaceColor;
out vec4 color;
void main() {
	color = surfaceColor;
}`,lc=`#version 300 es
layout(location=0) in vec3 pos;
layout(location=1) in vec4 clr;
out vec4 vClr;
uniform mat4 mvpMtx;
void main(void) {
	gl_Position = mvpMtx * vec4(pos, 1.0);
	vClr = clr;
}`,uc=`#version 300 es
precision highp int;
precision highp float;
in vec4 vClr;
out vec4 color;
uniform float opacity;
void main() {
	color = vec4(vClr.rgb, opacity);
}`,dc=`#version 300 es
layout(location=0) in vec3 pos;
layout(location=1) in vec4 norm;
layout(location=2) in vec4 clr;
uniform mat4 mvpMtx;
//uniform mat4 modelMtx;
uniform mat4 normMtx;
out vec4 vClr;
out vec3 vN;
out vec4 vP;
out vec4 vPc;
void main(void) {
	vec3 lightPosition = vec3(0.0, 0.0, -10.0);
	vP = vec4(pos, 1.0);
	vPc = mvpMtx * vec4(pos, 1.0);
	gl_Position = vPc;
	vN = normalize((normMtx * vec4(norm.xyz,1.0)).xyz);
	//vV = -vec3(modelMtx*vec4(pos,1.0));
	vClr = clr;
}`,fc=`#version 300 es
precision highp int;
precision highp float;
uniform float opacity;
out vec4 color;
vec4 packFloatToVec4i(const float value) {
	const vec4 bitSh = vec4(256.0*256.0*256.0, 256.0*256.0, 256.0, 1.0);
	const vec4 bitMsk = vec4(0.0, 1.0/256.0, 1.0/256.0, 1.0/256.0);
	vec4 res = fract(value * bitSh);
	res -= res.xxyz * bitMsk;
	return res;
}
void main() {
	color = packFloatToVec4i(gl_FragCoord.z);
}`,pc=`#version 300 es
precision highp int;
precision highp float;
uniform float opacity;
in vec4 vClr;
in vec3 vN;
out vec4 color;
float stepmix(float edge0, float edge1, float E, float x){
	float T = clamp(0.5 * (x - edge0 + E) / E, 0.0, 1.0);
	return mix(edge0, edge1, T);
}
void main() {
	vec3 r = vec3(0.0, 0.0, 1.0);
	float ambient = 0.3;
	float diffuse = 0.6;
	float specular = 0.5;
	float shininess = 50.0;
	vec3 n = normalize(vN);
	vec3 lightPosition = vec3(0.0, 10.0, -5.0);
	vec3 l = normalize(lightPosition);
	float df = max(0.0, dot(n, l));
	float sf = pow(max(dot(reflect(l, n), r), 0.0), shininess);
	const float A = 0.1;
	const float B = 0.3;
	const float C = 0.6;
	const float D = 1.0;
	float E = fwidth(df);
	if (df > A - E && df < A + E) df = stepmix(A, B, E, df);
	else if (df > B - E && df < B + E) df = stepmix(B, C, E, df);
	else if (df > C - E && df < C + E) df = stepmix(C, D, E, df);
	else if (df < A) df = 0.0;
	else if (df < B) df = B;
	else if (df < C) df = C;
	else df = D;
	E = fwidth(sf);
	if (sf > 0.5 - E && sf < 0.5 + E)
		sf = smoothstep(0.5 - E, 0.5 + E, sf);
	else
		sf = step(0.5, sf);
	vec3 a = vClr.rgb * ambient;
	vec3 d = max(df, 0.0) * vClr.rgb * diffuse;
	color.rgb = a + d + (specular * sf);
	color.a = opacity;
}`,mc=`#version 300 es
precision highp int;
precision highp float;
uniform float opacity;
in vec4 vClr;
in vec3 vN;
out vec4 color;
void main() {
	vec3 r = vec3(0.0, 0.0, 1.0); //rayDir: for orthographic projections moving in Z direction (no need for normal matrix)
	float ambient = 0.3;
	float diffuse = 0.6;
	float specular = 0.25;
	float shininess = 10.0;
	float PenWidth = 0.6;
	vec3 n = normalize(vN);
	vec3 lightPosition = vec3(0.0, 10.0, -5.0);
	vec3 l = normalize(lightPosition);
	float lightNormDot = dot(n, l);
	float view = abs(dot(n,r)); //with respect to viewer
	if (PenWidth < view) discard;
	vec3 a = vClr.rgb * ambient;
	vec3 d = max(lightNormDot, 0.0) * vClr.rgb * diffuse;
	float s = specular * pow(max(dot(reflect(l, n), r), 0.0), shininess);
	color.rgb = a + d + s;
	color.a = opacity;
}`,hc=`#version 300 es
precision highp int;
precision highp float;
uniform float opacity;
in vec4 vClr;
in vec3 vN;
out vec4 color;
void main() {
	const float thresh = 0.4;
	const vec3 viewDir = vec3(0.0, 0.0, -1.0);
	vec3 n = normalize(vN);
	// use abs() for two-sided lighting, max() for one sided
	float cosTheta = abs(dot(n, viewDir));
	// float cosTheta = max(dot(n, viewDir), 0.0);
	// optional fresnel equation - adjust exponent
	// cosTheta = 1.0 - pow(1.0 - cosTheta, 2.0);
	// use step for binary edges, smoothstep for feathered edges
	// vec3 d = step(thresh, cosTheta) * vClr.rgb;
	vec3 d = smoothstep(thresh - 0.05, thresh + 0.05, cosTheta) * vClr.rgb;
	color = vec4(d, opacity);
}`,gc=`#version 300 es
precision highp int;
precision highp float;
uniform float opacity;
in vec4 vClr;
in vec3 vN;
out vec4 color;
void main() {
  const float edge0 = 0.1;
  const float edge1 = 0.25;
  const vec3 viewDir = vec3(0.0, 0.0, -1.0);
  vec3 n = normalize(vN);
  float cosTheta = abs(dot(n, viewDir));
  float alpha = 1.0 - smoothstep(edge0, edge1, cosTheta);
  if (alpha <= 0.0) {
    discard;
  }
  color = vec4(0.0, 0.0, 0.0, opacity * alpha);
}`,_c=`#version 300 es
precision highp int;
precision highp float;
uniform float opacity;
in vec4 vClr;
in vec3 vN;
out vec4 color;
void main() {
	vec3 r = vec3(0.0, 0.0, 1.0); //rayDir: for orthographic projections moving in Z direction (no need for normal matrix)
	float diffuse = 1.0;
	float specular = 0.2;
	float shininess = 10.0;
	vec3 n = normalize(vN);
	vec3 lightPosition = vec3(0.0, 0.0, -5.0);
	vec3 l = normalize(lightPosition);
	float lightNormDot = max(dot(n, l), 0.0);
	vec3 d = lightNormDot * vClr.rgb * diffuse;
	float s = specular * pow(max(dot(reflect(l, n), r), 0.0), shininess);
	color = vec4(d + s, opacity);
}`,vc=`#version 300 es
precision highp int;
precision highp float;
uniform float opacity;
in vec4 vClr;
in vec3 vN;
out vec4 color;
void main() {
	float diffuse = 1.4;
	vec3 l = vec3(0.0, 0.0, -1.0);
	float lightNormDot = max(dot(normalize(vN), l), 0.0);
	color = vec4(lightNormDot * vClr.rgb * diffuse, opacity);
}`,yc=`#version 300 es
precision highp int;
precision highp float;
uniform float opacity;
in vec4 vClr;
in vec3 vN;
out vec4 color;
void main() {
	float specularRGB = 0.7;
	float specularWhite = 0.3;
	float shininess = 10.0;
	float diffuse = 1.0;
	vec3 r = vec3(0.0, 0.0, 1.0); //rayDir: for orthographic projections moving in Z direction (no need for normal matrix)
	vec3 n = normalize(vN);
	vec3 l = vec3(0.0, 0.0, -1.0);
	float lightNormDot = max(dot(n, l), 0.0);
	vec3 d3 = lightNormDot * vClr.rgb * diffuse;
	float s = pow(max(dot(reflect(l, n), r), 0.0), shininess);
	vec3 s3 = specularRGB * s * vClr.rgb;
	s *= specularWhite;
	color = vec4(d3 + s3 + s, opacity);
}`,bc=`#version 300 es
precision highp int;
precision highp float;
uniform float opacity;
in vec4 vClr;
in vec3 vN;
in vec4 vPc;
out vec4 color;
void main() {
	vec3 n = normalize(vN);
	// Compute curvature
	vec3 dx = dFdx(n);
	vec3 dy = dFdy(n);
	vec3 xneg = n - dx;
	vec3 xpos = n + dx;
	vec3 yneg = n - dy;
	vec3 ypos = n + dy;
	float depth = length(vPc.xyz);
	float curv = (cross(xneg, xpos).y - cross(yneg, ypos).x) / depth;
	//at this stage 0.5 for flat, with valleys dark and ridges bright
	curv = 1.0 - (curv + 0.5);
	//clamp
	curv =  min(max(curv, 0.0), 1.0);
	// easing function
	curv = pow(curv, 0.5);
	//modulate ambient and diffuse with curvature
	vec3 r = vec3(0.0, 0.0, 1.0); //rayDir: for orthographic projections moving in Z direction (no need for normal matrix)
	float ambient = 0.6;
	float diffuse = 0.6;
	float specular = 0.2;
	float shininess = 10.0;
	vec3 lightPosition = vec3(0.0, 10.0, -2.0);
	vec3 l = normalize(lightPosition);
	float lightNormDot = dot(n, l);
	vec3 a = vClr.rgb * ambient * curv;
	vec3 d = max(lightNormDot, 0.0) * vClr.rgb * diffuse;
	float s = specular * pow(max(dot(reflect(l, n), r), 0.0), shininess);
	color = vec4(a + d + s, opacity);
}`,xc=`#version 300 es
precision highp int;
precision highp float;
uniform vec4 sliceMM;
uniform float thickMM ;
in vec4 vClr;
in vec4 vP;  // vertex position in mm
out vec4 color;
void main() {
    const float LINE_WIDTH_PX = 4.0;   // target thickness in pixels
    //const float LINE_THRESH_MM = 1.5;   // target thickness in pixels
    const float TILT_STRENGTH = 1.0;   // >0 shrinks ribbon for oblique triangles
    // --- signed distances to each orthogonal plane (object space) ---
    vec3 d = vP.xyz - sliceMM.xyz;
    vec3 ad = abs(d);
    // --- derivatives to get pixel-consistent widths (per-axis) ---
    vec3 fd = fwidth(vP.xyz);
    //minDist is in mm not pixels
    float minDist = min(ad.x, min(ad.y, ad.z));
    if (minDist >  sliceMM.w) discard;
    // --- per-plane obliqueness: use the two in-plane components' fwidth ---
    float tiltX = length(fd.yz); // for plane with normal X
    float tiltY = length(fd.xz); // for plane with normal Y
    float tiltZ = length(fd.xy); // for plane with normal Z
    float tfX = clamp(1.0 / (1.0 + TILT_STRENGTH * tiltX), 0.0, 1.0);
    float tfY = clamp(1.0 / (1.0 + TILT_STRENGTH * tiltY), 0.0, 1.0);
    float tfZ = clamp(1.0 / (1.0 + TILT_STRENGTH * tiltZ), 0.0, 1.0);
    // --- half-widths for each plane (apply per-axis tilt factor) ---
    vec3 halfWidth;
    halfWidth.x = (LINE_WIDTH_PX * 0.5) * fd.x * tfX;
    halfWidth.y = (LINE_WIDTH_PX * 0.5) * fd.y * tfY;
    halfWidth.z = (LINE_WIDTH_PX * 0.5) * fd.z * tfZ;
    // --- smooth alpha for each plane ---
    vec3 edgeA = 1.0 - smoothstep(vec3(0.0), halfWidth, ad);
    // combine planes (max of X,Y,Z ribbons)
    float edgeAlpha = max(edgeA.x, max(edgeA.y, edgeA.z));
    if (edgeAlpha <= 1e-4) discard; // outside ribbons
    color = vec4(vClr.rgb, vClr.a * edgeAlpha);
}`,Sc=`#version 300 es
precision highp int;
precision highp float;
uniform float opacity;
in vec4 vClr;
in vec3 vN;
out vec4 color;
void main() {
	vec3 r = vec3(0.0, 0.0, 1.0); //rayDir: for orthographic projections moving in Z direction (no need for normal matrix)
	float ambient = 0.35;
	float diffuse = 0.5;
	float specular = 0.2;
	float shininess = 10.0;
	vec3 n = normalize(vN);
	vec3 lightPosition = vec3(0.0, 10.0, -5.0);
	vec3 l = normalize(lightPosition);
	float lightNormDot = dot(n, l);
	vec3 a = vClr.rgb * ambient;
	vec3 d = max(lightNormDot, 0.0) * vClr.rgb * diffuse;
	float s = specular * pow(max(dot(reflect(l, n), r), 0.0), shininess);
	color = vec4(a + d + s, opacity);
}`,Cc=`#version 300 es
precision highp int;
precision highp float;
uniform float opacity;
in vec4 vClr;
in vec3 vN;
uniform sampler2D matCap;
out vec4 color;
void main() {
	vec3 n = normalize(vN);
	vec2 uv = n.xy * 0.5 + 0.5;
	uv.y = 1.0 - uv.y;
	vec3 clr = texture(matCap,uv.xy).rgb * vClr.rgb;
	color = vec4(clr, opacity);
}`,wc=`#version 300 es
precision highp int;
precision highp float;
uniform float opacity;
in vec4 vClr;
in vec3 vN;
out vec4 color;
void main() {
	float ambient = 0.35;
	float diffuse = 0.6;
	vec3 n = normalize(vN);
	vec3 lightPosition = vec3(0.0, 10.0, -5.0);
	vec3 l = normalize(lightPosition);
	float lightNormDot = dot(n, l);
	vec3 a = vClr.rgb * ambient;
	vec3 d = max(lightNormDot, 0.0) * vClr.rgb * diffuse;
	color = vec4(a + d, opacity);
}`,Tc=`#version 300 es
precision highp int;
precision highp float;
uniform float opacity;
in vec4 vClr;
in vec3 vN;
out vec4 color;
void main() {
	vec3 r = vec3(0.0, 0.0, 1.0); //rayDir: for orthographic projections moving in Z direction (no need for normal matrix)
	float ambient = 0.35;
	float diffuse = 0.5;
	float specular = 0.2;
	float shininess = 10.0;
	vec3 n = normalize(vN);
	vec3 lightPosition = vec3(0.0, 10.0, -5.0);
	vec3 l = normalize(lightPosition);
	float lightNormDot = dot(n, l);
	vec3 up = vec3(0.0, 1.0, 0.0);
	float ax = dot(n, up) * 0.5 + 0.5;  //Shreiner et al. (2013) OpenGL Programming Guide, 8th Ed., p 388. ISBN-10: 0321773039
	vec3 upClr = vec3(1.0, 1.0, 0.95);
	vec3 downClr = vec3(0.4, 0.4, 0.6);
	vec3 a = vClr.rgb * ambient;
	a *= mix(downClr, upClr, ax);
	vec3 d = max(lightNormDot, 0.0) * vClr.rgb * diffuse;
	float s = specular * pow(max(dot(reflect(l, n), r), 0.0), shininess);
	color = vec4(a + d + s, opacity);
}`,Ec=`#version 300 es
precision highp int;
precision highp float;
uniform float opacity;
in vec4 vClr;
in vec3 vN;
out vec4 color;
//Spherical harmonics constants
const float C1 = 0.429043;
const float C2 = 0.511664;
const float C3 = 0.743125;
const float C4 = 0.886227;
const float C5 = 0.247708;
//Spherical harmonics coefficients
// Ramamoorthi, R., and P. Hanrahan. 2001b. "An Efficient Representation for Irradiance Environment Maps." In Proceedings of SIGGRAPH 2001, pp. 497–500.
// https://github.com/eskimoblood/processingSketches/blob/master/data/shader/shinyvert.glsl
// https://github.com/eskimoblood/processingSketches/blob/master/data/shader/shinyvert.glsl
// Constants for Eucalyptus Grove lighting
const vec3 L00  = vec3( 0.3783264,  0.4260425,  0.4504587);
const vec3 L1m1 = vec3( 0.2887813,  0.3586803,  0.4147053);
const vec3 L10  = vec3( 0.0379030,  0.0295216,  0.0098567);
const vec3 L11  = vec3(-0.1033028, -0.1031690, -0.0884924);
const vec3 L2m2 = vec3(-0.0621750, -0.0554432, -0.0396779);
const vec3 L2m1 = vec3( 0.0077820, -0.0148312, -0.0471301);
const vec3 L20  = vec3(-0.0935561, -0.1254260, -0.1525629);
const vec3 L21  = vec3(-0.0572703, -0.0502192, -0.0363410);
const vec3 L22  = vec3( 0.0203348, -0.0044201, -0.0452180);
vec3 SH(vec3 vNormal) {
	vNormal = vec3(vNormal.x,vNormal.z,vNormal.y);
	vec3 diffuseColor = C1 * L22 * (vNormal.x * vNormal.x - vNormal.y * vNormal.y) +
	C3 * L20 * vNormal.z * vNormal.z +
	C4 * L00 -
	C5 * L20 +
	2.0 * C1 * L2m2 * vNormal.x * vNormal.y +
	2.0 * C1 * L21  * vNormal.x * vNormal.z +
	2.0 * C1 * L2m1 * vNormal.y * vNormal.z +
	2.0 * C2 * L11  * vNormal.x +
	2.0 * C2 * L1m1 * vNormal.y +
	2.0 * C2 * L10  * vNormal.z;
	return diffuseColor;
}
void main() {
	vec3 r = vec3(0.0, 0.0, 1.0); //rayDir: for orthographic projections moving in Z direction (no need for normal matrix)
	float ambient = 0.3;
	float diffuse = 0.6;
	float specular = 0.1;
	float shininess = 10.0;
	vec3 n = normalize(vN);
	vec3 lightPosition = vec3(0.0, 10.0, -5.0);
	vec3 l = normalize(lightPosition);
	float s = specular * pow(max(dot(reflect(l, n), r), 0.0), shininess);
	vec3 a = vClr.rgb * ambient;
	vec3 d = vClr.rgb * diffuse * SH(-reflect(n, vec3(l.x, l.y, -l.z)) );
	color = vec4(a + d + s, opacity);
}`,Dc=`#version 300 es
layout(location=0) in vec3 pos;
layout(location=1) in vec4 norm;
layout(location=2) in vec4 clr;
uniform mat4 mvpMtx;
//uniform mat4 modelMtx;
uniform mat4 normMtx;
out vec4 vClr;
flat out vec3 vN;
void main(void) {
	gl_Position = mvpMtx * vec4(pos, 1.0);
	vN = normalize((normMtx * vec4(norm.xyz,1.0)).xyz);
	//vV = -vec3(modelMtx*vec4(pos,1.0));
	vClr = clr;
}`,Oc=`#version 300 es
precision highp int;
precision highp float;
uniform float opacity;
in vec4 vClr;
flat in vec3 vN;
out vec4 color;
void main() {
	vec3 r = vec3(0.0, 0.0, 1.0); //rayDir: for orthographic projections moving in Z direction (no need for normal matrix)
	float ambient = 0.35;
	float diffuse = 0.5;
	float specular = 0.2;
	float shininess = 10.0;
	vec3 n = normalize(vN);
	vec3 lightPosition = vec3(0.0, 10.0, -5.0);
	vec3 l = normalize(lightPosition);
	float lightNormDot = dot(n, l);
	vec3 a = vClr.rgb * ambient;
	vec3 d = max(lightNormDot, 0.0) * vClr.rgb * diffuse;
	float s = specular * pow(max(dot(reflect(l, n), r), 0.0), shininess);
	color = vec4(a + d + s, opacity);
}`,kc=`#version 300 es
#line 1260
#define MAX_CLIP_PLANES 6
//precision highp int;
precision highp float;
uniform vec3 rayDir;
uniform vec3 volScale;
uniform vec3 texVox;
uniform vec4 clipPlane;
uniform vec4 clipPlanes[MAX_CLIP_PLANES];
uniform bool isClipCutaway;
uniform highp sampler3D volume, overlay;
uniform highp sampler3D paqd;
uniform vec4 paqdUniforms;
uniform float overlays;
uniform mat4 matRAS;
uniform mat4 mvpMtx;
uniform float drawOpacity, renderOverlayBlend;
uniform highp sampler3D drawing;
uniform highp sampler2D colormap;
uniform int backgroundMasksOverlays;
in vec3 vColor;
out vec4 fColor;
`+ws+`
void main() {
	int id = 254;
	vec3 start = vColor;
	gl_FragDepth = 1.0;
	fColor = vec4(0.0, 0.0, 0.0, 0.0); //assume no hit: ID = 0
	float fid = float(id & 255)/ 255.0;
	vec3 backPosition = GetBackPosition(start);
	vec3 dir = normalize(backPosition - start);
	//clipVolumeStart(start, backPosition);
	float len = length(backPosition - start);
	float lenVox = length((texVox * start) - (texVox * backPosition));
	if ((lenVox < 0.5) || (len > 3.0)) return;//discard; //length limit for parallel rays
	float sliceSize = len / lenVox; //e.g. if ray length is 1.0 and traverses 50 voxels, each voxel is 0.02 in unit cube
	float stepSize = sliceSize; //quality: larger step is faster traversal, but fewer samples
	float opacityCorrection = stepSize/sliceSize;
	dir = normalize(dir);
	vec4 samplePos = vec4(start.xyz, 0.0); //ray position
	bool hasClip = false;
	vec2 sampleRange = vec2(0.0, len);
	for (int i = 0; i < MAX_CLIP_PLANES; i++)
		clipSampleRange(dir, samplePos, clipPlanes[i], sampleRange, hasClip);
	bool isClip = (sampleRange.x > 0.0) || ((sampleRange.y < len) && (sampleRange.y > 0.0));
	//vec4 clipPos = applyClip(dir, samplePos, len, isClip);
	if (isClip) fColor = vec4(samplePos.xyz, 253.0 / 255.0); //assume no hit: ID = 0
	if ((isClipCutaway) && (sampleRange.x <= 0.0) && (sampleRange.y >= len)) {
		//completely clipped, but ray does not intersect plane
		if (hasClip)
			samplePos.a = len + 1.0;
		else
			sampleRange = vec2(0.0, 0.0);
	}
	//start: OPTIONAL fast pass: rapid traversal until first hit
	float stepSizeFast = sliceSize * 1.9;
	vec4 deltaDirFast = vec4(dir.xyz * stepSizeFast, stepSizeFast);
	while (samplePos.a <= len) {
		if (skipSample(samplePos.a, sampleRange) ^^ isClipCutaway) {
			samplePos += deltaDirFast;
			continue;
		}
		float val = texture(volume, samplePos.xyz).a;
		if (val > 0.01) {
			fColor = vec4(samplePos.rgb, fid);
			gl_FragDepth = frac2ndc(samplePos.xyz);
			break;
		}
		samplePos += deltaDirFast; //advance ray position
	}
	//end: fast pass
	if ((overlays < 1.0) || (backgroundMasksOverlays > 0)) {
		return; //background hit, no overlays
	}
	//overlay pass
	len = min(len, samplePos.a); //only find overlay closer than background
	samplePos = vec4(start.xyz, 0.0); //ray position
	while (samplePos.a <= len) {
		float val = texture(overlay, samplePos.xyz).a;
		if (val > 0.01) {
			fColor = vec4(samplePos.rgb, fid);
			gl_FragDepth = frac2ndc(samplePos.xyz);
			return;
		}
		samplePos += deltaDirFast; //advance ray position
	}
	//if (fColor.a == 0.0) discard; //no hit in either background or overlays
	//you only get here if there is a hit with the background that is closer than any overlay
}`,Ac=`#version 300 es
// an attribute is an input (in) to a vertex shader.
// It will receive data from a buffer
layout(location=0)  in vec3 a_position;
layout(location=1)  in vec3 a_color;
// A matrix to transform the positions by
uniform mat4 u_matrix;
out vec3 vColor;
// all shaders have a main function
void main() {
	// Multiply the position by the matrix.
	vec4 pos = vec4(a_position, 1.0);
	gl_Position = u_matrix * vec4(pos);
	vColor = a_color;
}
`,jc=`#version 300 es
precision highp float;
uniform vec4 u_color;
in vec3 vColor;
out vec4 outColor;
void main() {
	outColor = vec4(vColor, 1.0);
}`,Mc=`#version 300 es
#line 1359
precision highp int;
precision highp float;
in vec3 vPos;
out vec2 TexCoord;
void main() {
	TexCoord = vPos.xy;
	vec2 viewCoord = (vPos.xy - 0.5) * 2.0;
	gl_Position = vec4((vPos.xy - 0.5) * 2.0, 0.0, 1.0);
}`,Nc=`#version 300 es
precision highp int;
precision highp float;
in vec2 TexCoord;
out vec4 FragColor;
uniform float coordZ;
uniform lowp sampler3D in3D;
void main(void) {
 FragColor = texture(in3D, vec3(TexCoord.xy, coordZ));
}`,Pc=`#version 300 es
#line 286
precision highp int;
precision highp float;
in vec3 vPos;
out vec2 TexCoord;
void main() {
    TexCoord = vPos.xy;
    gl_Position = vec4( (vPos.xy-vec2(0.5,0.5))* 2.0, 0.0, 1.0);
}`,Fc=`#version 300 es
#line 298
precision highp int;
precision highp float;
in vec2 TexCoord;
out vec4 FragColor;
uniform float coordZ;
uniform float dX;
uniform float dY;
uniform float dZ;
// Optional uniforms for parameterised (2r+1)^3 box blur. When kernelRadius
// is 0 (default / gradient pipeline) the legacy 8-corner sample is used.
uniform int kernelRadius;
uniform bool binarize;
uniform highp sampler3D intensityVol;
void main(void) {
 vec3 vx = vec3(TexCoord.xy, coordZ);
 if (kernelRadius > 0) {
  vec4 sum = vec4(0.0);
  float count = 0.0;
  for (int k = -kernelRadius; k <= kernelRadius; k++) {
   for (int j = -kernelRadius; j <= kernelRadius; j++) {
    for (int i = -kernelRadius; i <= kernelRadius; i++) {
     vec3 off = vec3(float(i) * dX, float(j) * dY, float(k) * dZ);
     vec4 v = texture(intensityVol, vx + off);
     if (binarize) v = vec4(v.r > 0.0 ? 1.0 : 0.0, 0.0, 0.0, 0.0);
     sum += v;
     count += 1.0;
    }
   }
  }
  FragColor = sum / count;
  return;
 }
 // Legacy 8-corner box blur (gradient pipeline)
 vec4 samp = texture(intensityVol,vx+vec3(+dX,+dY,+dZ));
 samp += texture(intensityVol,vx+vec3(+dX,+dY,-dZ));
 samp += texture(intensityVol,vx+vec3(+dX,-dY,+dZ));
 samp += texture(intensityVol,vx+vec3(+dX,-dY,-dZ));
 samp += texture(intensityVol,vx+vec3(-dX,+dY,+dZ));
 samp += texture(intensityVol,vx+vec3(-dX,+dY,-dZ));
 samp += texture(intensityVol,vx+vec3(-dX,-dY,+dZ));
 samp += texture(intensityVol,vx+vec3(-dX,-dY,-dZ));
 FragColor = samp*0.125;
}`,Ic=`#version 300 es
#line 298
precision highp int;
precision highp float;
in vec2 TexCoord;
out vec4 FragColor;
uniform float coordZ;
uniform float dX;
uniform float dY;
uniform float dZ;
uniform highp sampler3D intensityVol;
void main(void) {
  vec3 vx = vec3(TexCoord.xy, coordZ);
  // --- Z+ Plane (+dZ) ---
  float XYZ = texture(intensityVol, vx + vec3(+dX, +dY, +dZ)).a;
  float OYZ = texture(intensityVol, vx + vec3(0.0, +dY, +dZ)).a;
  float xYZ = texture(intensityVol, vx + vec3(-dX, +dY, +dZ)).a;
  float XOZ = texture(intensityVol, vx + vec3(+dX, 0.0, +dZ)).a;
  float OOZ = texture(intensityVol, vx + vec3(0.0, 0.0, +dZ)).a;
  float xOZ = texture(intensityVol, vx + vec3(-dX, 0.0, +dZ)).a;
  float XyZ = texture(intensityVol, vx + vec3(+dX, -dY, +dZ)).a;
  float OyZ = texture(intensityVol, vx + vec3(0.0, -dY, +dZ)).a;
  float xyZ = texture(intensityVol, vx + vec3(-dX, -dY, +dZ)).a;
  // --- Z0 Plane (0.0) ---
  float XYO = texture(intensityVol, vx + vec3(+dX, +dY, 0.0)).a;
  float OYO = texture(intensityVol, vx + vec3(0.0, +dY, 0.0)).a;
  float xYO = texture(intensityVol, vx + vec3(-dX, +dY, 0.0)).a;
  float XOO = texture(intensityVol, vx + vec3(+dX, 0.0, 0.0)).a;
  float OOO = texture(intensityVol, vx + vec3(0.0, 0.0, 0.0)).a;
  float xOO = texture(intensityVol, vx + vec3(-dX, 0.0, 0.0)).a;
  float XyO = texture(intensityVol, vx + vec3(+dX, -dY, 0.0)).a;
  float OyO = texture(intensityVol, vx + vec3(0.0, -dY, 0.0)).a;
  float xyO = texture(intensityVol, vx + vec3(-dX, -dY, 0.0)).a;
  // --- Z- Plane (-dZ) ---
  float XYz = texture(intensityVol, vx + vec3(+dX, +dY, -dZ)).a;
  float OYz = texture(intensityVol, vx + vec3(0.0, +dY, -dZ)).a;
  float xYz = texture(intensityVol, vx + vec3(-dX, +dY, -dZ)).a;
  float XOz = texture(intensityVol, vx + vec3(+dX, 0.0, -dZ)).a;
  float OOz = texture(intensityVol, vx + vec3(0.0, 0.0, -dZ)).a;
  float xOz = texture(intensityVol, vx + vec3(-dX, 0.0, -dZ)).a;
  float Xyz = texture(intensityVol, vx + vec3(+dX, -dY, -dZ)).a;
  float Oyz = texture(intensityVol, vx + vec3(0.0, -dY, -dZ)).a;
  float xyz = texture(intensityVol, vx + vec3(-dX, -dY, -dZ)).a;
  // --- Directional blur sums ---
  vec3 blurred;
  blurred.x = 2.0 * (xOz + xOZ + xyO + xYO + xOO + XOz + XOZ + XyO + XYO + XOO)
              + xyz + xyZ + xYz + xYZ + Xyz + XyZ + XYz + XYZ;
  blurred.y = 2.0 * (Oyz + OyZ + xyO + XyO + OyO + OYz + OYZ + xYO + XYO + OYO)
              + xyz + Xyz + xyZ + XyZ + xYz + XYz + xYZ + XYZ;
  blurred.z = 2.0 * (Oyz + OYz + xOz + XOz + OOz + OyZ + OYZ + xOZ + XOZ + OOZ)
              + xyz + Xyz + xYz + XYz + xyZ + XyZ + xYZ + XYZ;
  float finalAlpha = 0.32 * (abs(blurred.x) + abs(blurred.y) + abs(blurred.z));
  // 0.0357 = 1/28 to account for weights, rescale to 2**16,
  FragColor = 0.0357 * vec4(blurred, finalAlpha);
}`,Lc=`
  gradientSample.a = log2(gradientSample.r*gradientSample.r + gradientSample.g*gradientSample.g + gradientSample.b*gradientSample.b + 1.922337562475971e-06) + 18.988706873717717;
`,Rc=`#version 300 es
#line 323
precision highp int;
precision highp float;
in vec2 TexCoord;
out vec4 FragColor;
uniform float coordZ;
uniform float dX;
uniform float dY;
uniform float dZ;
uniform highp sampler3D intensityVol;
void main(void) {
  vec3 vx = vec3(TexCoord.xy, coordZ);
  //Neighboring voxels 'T'op/'B'ottom, 'A'nterior/'P'osterior, 'R'ight/'L'eft
  float TAR = texture(intensityVol,vx+vec3(+dX,+dY,+dZ)).a;
  float TAL = texture(intensityVol,vx+vec3(+dX,+dY,-dZ)).a;
  float TPR = texture(intensityVol,vx+vec3(+dX,-dY,+dZ)).a;
  float TPL = texture(intensityVol,vx+vec3(+dX,-dY,-dZ)).a;
  float BAR = texture(intensityVol,vx+vec3(-dX,+dY,+dZ)).a;
  float BAL = texture(intensityVol,vx+vec3(-dX,+dY,-dZ)).a;
  float BPR = texture(intensityVol,vx+vec3(-dX,-dY,+dZ)).a;
  float BPL = texture(intensityVol,vx+vec3(-dX,-dY,-dZ)).a;
  vec4 gradientSample = vec4 (0.0, 0.0, 0.0, 0.0);
  gradientSample.r = BAR+BAL+BPR+BPL -TAR-TAL-TPR-TPL;
  gradientSample.g = TPR+TPL+BPR+BPL -TAR-TAL-BAR-BAL;
  gradientSample.b = TAL+TPL+BAL+BPL -TAR-TPR-BAR-BPR;
${Lc}
	// 0.04242020977371934 = 1/(log2(3*8) - log2(1/(255**2*8))) // 3*8 -> max for 1st order gradient
	gradientSample.a *= 0.04242020977371934;
  float gradLen = length(gradientSample.rgb);
  gradientSample.rgb = gradLen > 0.001 ? gradientSample.rgb / gradLen : vec3(0.0);
  gradientSample.rgb = (gradientSample.rgb * 0.5)+0.5;
  FragColor = gradientSample;
}`,zc=`#version 300 es
#line 323
precision highp int;
precision highp float;
in vec2 TexCoord;
out vec4 FragColor;
uniform float coordZ;
uniform float dX;
uniform float dY;
uniform float dZ;
uniform float dX2;
uniform float dY2;
uniform float dZ2;
uniform highp sampler3D intensityVol;
void main(void) {
  vec3 vx = vec3(TexCoord.xy, coordZ);
  //Neighboring voxels 'T'op/'B'ottom, 'A'nterior/'P'osterior, 'R'ight/'L'eft
  vec4 TAR = texture(intensityVol,vx+vec3(+dX,+dY,+dZ));
  vec4 TAL = texture(intensityVol,vx+vec3(+dX,+dY,-dZ));
  vec4 TPR = texture(intensityVol,vx+vec3(+dX,-dY,+dZ));
  vec4 TPL = texture(intensityVol,vx+vec3(+dX,-dY,-dZ));
  vec4 BAR = texture(intensityVol,vx+vec3(-dX,+dY,+dZ));
  vec4 BAL = texture(intensityVol,vx+vec3(-dX,+dY,-dZ));
  vec4 BPR = texture(intensityVol,vx+vec3(-dX,-dY,+dZ));
  vec4 BPL = texture(intensityVol,vx+vec3(-dX,-dY,-dZ));
  vec4 T = texture(intensityVol,vx+vec3(+dX2,0.0,0.0));
  vec4 A = texture(intensityVol,vx+vec3(0.0,+dY2,0.0));
  vec4 R = texture(intensityVol,vx+vec3(0.0,0.0,+dZ2));
  vec4 B = texture(intensityVol,vx+vec3(-dX2,0.0,0.0));
  vec4 P = texture(intensityVol,vx+vec3(0.0,-dY2,0.0));
  vec4 L = texture(intensityVol,vx+vec3(0.0,0.0,-dZ2));
  vec4 gradientSample = vec4 (0.0, 0.0, 0.0, 0.0);
  gradientSample.x = -4.0*B.x +8.0*(BAR.x+BAL.x+BPR.x+BPL.x) -8.0*(TAR.x+TAL.x+TPR.x+TPL.x) +4.0*T.x;
  gradientSample.y = -4.0*P.y +8.0*(TPR.y+TPL.y+BPR.y+BPL.y) -8.0*(TAR.y+TAL.y+BAR.y+BAL.y) +4.0*A.y;
  gradientSample.z = -4.0*L.z +8.0*(TAL.z+TPL.z+BAL.z+BPL.z) -8.0*(TAR.z+TPR.z+BAR.z+BPR.z) +4.0*R.z;
${Lc}
	gradientSample.a *= 0.0325;
  float gradLen = length(gradientSample.xyz);
  gradientSample.xyz = gradLen > 0.001 ? gradientSample.xyz / gradLen : vec3(0.0);
  gradientSample.xyz =  (gradientSample.xyz * 0.5)+0.5;
  FragColor = gradientSample;
}`;function Bc(e,t,n){if(!e.dimsRAS||!e.matRAS||!e.pixDimsRAS||!e.vox2mm)throw Error(`Cannot create NiivueObject3D: Missing required RAS properties or vox2mm access on NVImage.`);let r=e.dimsRAS,i=e.matRAS,a=e.pixDimsRAS,o=-.5,s=-.5,c=-.5,l=r[1]-1+.5,u=r[2]-1+.5,d=r[3]-1+.5,f=e.vox2mm,p=f.call(e,[o,s,c],i),m=f.call(e,[o,u,c],i),h=f.call(e,[o,s,d],i),g=f.call(e,[o,u,d],i),_=f.call(e,[l,s,c],i),v=f.call(e,[l,u,c],i),y=f.call(e,[l,s,d],i),b=f.call(e,[l,u,d],i),x=[...h,0,0,1,...y,1,0,1,...b,1,1,1,...g,0,1,1,...p,0,0,0,...m,0,1,0,...v,1,1,0,..._,1,0,0],S=n.createBuffer();if(!S)throw Error(`Failed to create GL index buffer`);n.bindBuffer(n.ELEMENT_ARRAY_BUFFER,S);let C=[0,3,2,2,1,0,4,7,6,6,5,4,5,6,2,2,3,5,4,0,1,1,7,4,7,1,2,2,6,7,4,5,3,3,0,4];n.bufferData(n.ELEMENT_ARRAY_BUFFER,new Uint16Array(C),n.STATIC_DRAW);let w=n.createBuffer();if(!w)throw Error(`Failed to create GL vertex buffer`);n.bindBuffer(n.ARRAY_BUFFER,w),n.bufferData(n.ARRAY_BUFFER,new Float32Array(x),n.STATIC_DRAW);let T=n.createVertexArray();if(!T)throw Error(`Failed to create GL VAO`);n.bindVertexArray(T),n.bindBuffer(n.ELEMENT_ARRAY_BUFFER,S),n.bindBuffer(n.ARRAY_BUFFER,w),n.enableVertexAttribArray(0),n.vertexAttribPointer(0,3,n.FLOAT,!1,24,0),n.enableVertexAttribArray(1),n.vertexAttribPointer(1,3,n.FLOAT,!1,24,12),n.bindVertexArray(null);let E=new Ce(t,w,n.TRIANGLES,C.length,S,T),D=lr([...h,...y,...b,...g,...p,...m,...v,..._]);return E.extentsMin=D.min.slice(),E.extentsMax=D.max.slice(),E.furthestVertexFromOrigin=D.furthestVertexFromOrigin,E.originNegate=k(D.origin),ie(E.originNegate,E.originNegate),E.fieldOfViewDeObliqueMM=[r[1]*a[1],r[2]*a[2],r[3]*a[3]],E}var Vc={name:`untitled connectome`,nodeColormap:`warm`,nodeColormapNegative:`winter`,nodeMinColor:0,nodeMaxColor:4,nodeScale:3,edgeColormap:`warm`,edgeColormapNegative:`winter`,edgeMin:2,edgeMax:6,edgeScale:1,legendLineThickness:0,showLegend:!0},Hc=class e extends on{gl;nodesChanged;constructor(e,t){super(new Float32Array([]),new Uint32Array([]),t.name,new Uint8Array([]),1,!0,e,t),this.gl=e,this.type=rn.CONNECTOME,this.nodes&&this.updateLabels(),this.nodesChanged=new EventTarget}static convertLegacyConnectome(e){let t={nodes:[],edges:[],...Vc};for(let n in e)if(n in Vc){let r=n;t[r]=e[r]}let n=e.nodes;for(let e=0;e<n.names.length;e++)t.nodes.push({name:n.names[e],x:n.X[e],y:n.Y[e],z:n.Z[e],colorValue:n.Color[e],sizeValue:n.Size[e]});for(let r=0;r<n.names.length-1;r++)for(let i=r+1;i<n.names.length;i++){let a=e.edges[r*n.names.length+i];t.edges.push({first:r,second:i,colorValue:a})}return t}static convertFreeSurferConnectome(e,t=`warm`){let n=!0;if(`data_type`in e?e.data_type!==`fs_pointset`&&(n=!1):n=!1,`points`in e||(n=!1),!n)throw Error(`not a valid FreeSurfer json pointset`);let r=e.points.map(e=>({name:Array.isArray(e.comments)&&e.comments.length>0&&`text`in e.comments[0]?e.comments[0].text:``,x:e.coordinates.x,y:e.coordinates.y,z:e.coordinates.z,colorValue:1,sizeValue:1,metadata:e.comments}));return{...Vc,nodeColormap:t,edgeColormap:t,nodes:r,edges:[]}}updateLabels(){let e=this.nodes;if(e&&e.length>0){let t=e.reduce((e,t)=>e.sizeValue>t.sizeValue?e:t).sizeValue,n,r;if(this.nodeMinColor!==void 0&&isFinite(this.nodeMinColor))n=this.nodeMinColor;else{n=e[0].colorValue;for(let t=1;t<e.length;t++)e[t].colorValue<n&&(n=e[t].colorValue)}if(this.nodeMaxColor!==void 0&&isFinite(this.nodeMaxColor))r=this.nodeMaxColor;else{r=e[0].colorValue;for(let t=1;t<e.length;t++)e[t].colorValue>r&&(r=e[t].colorValue)}let i=z.colormap(this.nodeColormap,this.colormapInvert),a=z.colormap(this.nodeColormapNegative,this.colormapInvert),o=`nodeColormapNegative`in this,s=this.legendLineThickness?this.legendLineThickness:0;this.showLegend===!1&&(s=0);for(let c=0;c<e.length;c++){let l=e[c].colorValue,u=!1;if(o&&l<0&&(u=!0,l=-l),n<r){if(l<n){R.warn(`color value lower than min`);continue}l=(l-n)/(r-n)}else l=1;l=Math.round(Math.max(Math.min(255,l*255)))*4;let d=[i[l],i[l+1],i[l+2],255];u&&(d=[a[l],a[l+1],a[l+2],255]),d=d.map(e=>e/255),R.debug(`adding label for `,e[c]),e[c].label=new nn(e[c].name,{textColor:d,bulletScale:e[c].sizeValue/t,bulletColor:d,lineWidth:s,lineColor:d,textScale:1,textAlignment:Qt.LEFT,lineTerminator:$t.NONE},[e[c].x,e[c].y,e[c].z]),R.debug(`label for node:`,e[c].label)}}}addConnectomeNode(e){if(R.debug(`adding node`,e),!this.nodes)throw Error(`nodes not defined`);this.nodes.push(e),this.updateLabels(),this.nodesChanged.dispatchEvent(new CustomEvent(`nodeAdded`,{detail:{node:e}}))}deleteConnectomeNode(e){let t=this.nodes.indexOf(e),n=this.edges;n&&(this.edges=n.filter(e=>e.first!==t&&e.second!==t)),this.nodes=this.nodes.filter(t=>t!==e),this.updateLabels(),this.updateConnectome(this.gl),this.nodesChanged.dispatchEvent(new CustomEvent(`nodeDeleted`,{detail:{node:e}}))}updateConnectomeNodeByIndex(e,t){this.nodes[e]=t,this.updateLabels(),this.updateConnectome(this.gl),this.nodesChanged.dispatchEvent(new CustomEvent(`nodeChanged`,{detail:{node:t}}))}updateConnectomeNodeByPoint(e,t){let n=this.nodes;if(!n)throw Error(`Node to update does not exist`);let r=n.find(t=>B.arraysAreEqual([t.x,t.y,t.z],e));if(!r)throw Error(`Node with point ${e} to update does not exist`);let i=n.findIndex(e=>e===r);this.updateConnectomeNodeByIndex(i,t)}addConnectomeEdge(e,t,n){let r=this.edges,i=r.find(n=>(n.first===e||n.second===e)&&n.first+n.second===e+t);return i||(i={first:e,second:t,colorValue:n},r.push(i),this.updateConnectome(this.gl),i)}deleteConnectomeEdge(e,t){let n=this.edges,r=n.find(n=>(n.first===e||n.first===t)&&n.first+n.second===e+t);if(r)this.edges=n.filter(e=>e!==r);else throw Error(`edge between ${e} and ${t} not found`);return this.updateConnectome(this.gl),r}findClosestConnectomeNode(e,t){let n=this.nodes;if(!n||n.length===0)return null;let r=n.map((t,n)=>({node:t,distance:Math.sqrt((t.x-e[0])**2+(t.y-e[1])**2+(t.z-e[2])**2),index:n})).filter(e=>e.distance<t).sort((e,t)=>e.distance-t.distance);return r.length>0?r[0].node:null}updateConnectome(e){let t=[],n=[],r=[],i=z.colormap(this.nodeColormap,this.colormapInvert),a=z.colormap(this.nodeColormapNegative,this.colormapInvert),o=`nodeColormapNegative`in this;this.nodeMinColor===void 0&&(this.nodeMinColor=NaN),this.nodeMaxColor===void 0&&(this.nodeMaxColor=NaN),this.edgeMin===void 0&&(this.edgeMin=NaN),this.edgeMax===void 0&&(this.edgeMax=NaN);let s=this.nodeMinColor,c=this.nodeMaxColor;if(!isFinite(s)||!isFinite(s)){let e=this.nodes;s=e[0].colorValue,c=e[0].colorValue;for(let t=0;t<e.length;t++)s=Math.min(s,e[t].colorValue),c=Math.max(c,e[t].colorValue)}let l=this.nodes,u=l.length;for(let e=0;e<u;e++){let u=l[e].sizeValue*this.nodeScale;if(u<=0)continue;let d=l[e].colorValue,f=!1;if(o&&d<0&&(f=!0,d=-d),s<c){if(d<s)continue;d=(d-s)/(c-s)}else d=1;d=Math.round(Math.max(Math.min(255,d*255)))*4;let p=[i[d],i[d+1],i[d+2],255];f&&(p=[a[d],a[d+1],a[d+2],255]);let m=j(l[e].x,l[e].y,l[e].z);Ce.makeColoredSphere(n,t,r,u,m,p)}i=z.colormap(this.edgeColormap,this.colormapInvert),a=z.colormap(this.edgeColormapNegative,this.colormapInvert),o=`edgeColormapNegative`in this;let d=this.edges;if(d!==void 0&&d.length>0){if(s=this.edgeMin,c=this.edgeMax,!isFinite(s)||!isFinite(s)){s=d[0].colorValue,c=d[0].colorValue;for(let e=0;e<d.length;e++)s=Math.min(s,d[e].colorValue),c=Math.max(c,d[e].colorValue)}for(let e of d){let u=e.colorValue,d=o&&u<0;d&&(u=-u);let f=u*this.edgeScale;if(f<=0)continue;if(s<c){if(u<s)continue;u=(u-s)/(c-s)}else u=1;u=Math.round(Math.max(Math.min(255,u*255)))*4;let p=[i[u],i[u+1],i[u+2],255];d&&(p=[a[u],a[u+1],a[u+2],255]);let m=j(l[e.first].x,l[e.first].y,l[e.first].z),h=j(l[e.second].x,l[e.second].y,l[e.second].z);Ce.makeColoredCylinder(n,t,r,m,h,f,p)}}let f=new Float32Array(n),p=new Uint32Array(t),m=Jt.getExtents(f);this.furthestVertexFromOrigin=m.mxDx,this.extentsMin=m.extentsMin,this.extentsMax=m.extentsMax;let h=this.generatePosNormClr(f,p,new Uint8Array(r));e.bindBuffer(e.ELEMENT_ARRAY_BUFFER,this.indexBuffer),e.bufferData(e.ELEMENT_ARRAY_BUFFER,Uint32Array.from(p),e.STATIC_DRAW),e.bindBuffer(e.ARRAY_BUFFER,this.vertexBuffer),e.bufferData(e.ARRAY_BUFFER,Float32Array.from(h),e.STATIC_DRAW),this.indexCount=t.length}updateMesh(e){this.updateConnectome(e),this.updateLabels()}json(){let e={};for(let t in this)(t in Vc||t===`nodes`||t===`edges`)&&(e[t]=this[t]);return e}static async loadConnectomeFromUrl(t,n){let r=await(await fetch(n)).json();return new e(t,r)}};function Uc(e){let t=e.length,n=0,r=new Uint8Array(t+Math.ceil(.01*t)),i=new Int8Array(r.buffer),a=0;for(;n<t;){let o=e[n];n++;let s=1;for(;s<129&&n<t&&e[n]===o;)n++,s++;if(s>1)i[a]=-s+1,a++,r[a]=o,a++;else{for(;n<t&&!(s>127||n+2<t&&o!==e[n]&&e[n+2]===e[n]&&e[n+1]===e[n]);)o=e[n],n++,s++;r[a]=s-1,a++;for(let t=0;t<s;t++)r[a]=e[n-s+t],a++}}return R.debug(`PackBits `+t+` -> `+a+` bytes (x`+t/a+`)`),r.slice(0,a)}function Wc(e,t){let n=new Uint8Array(e.buffer),r=new Int8Array(n.buffer),i=0,a=new Uint8Array(t),o=0;for(;i<n.length;){let e=r[i];if(i++,e<0){let t=r[i];i++;for(let n=0;n<1-e;n++)a[o]=t,o++}else for(let t=0;t<e+1;t++)a[o]=r[i],i++,o++}return a}var Gc=({drawUndoBitmaps:e,currentDrawUndoBitmap:t,drawBitmap:n})=>{let r=e.length;if(r<1)R.debug(`undo bitmaps not loaded`);else if(t--,t<0&&(t=r-1),t>=r&&(t=0),e[t].length<2)R.debug(`drawUndo is misbehaving`);else return n=Wc(e[t],n.length),{drawBitmap:n,currentDrawUndoBitmap:t}};function Kc(e,t,n){let{dimX:r,dimY:i,dimZ:a}=n,o;if(e===$.AXIAL)o=a;else if(e===$.CORONAL)o=i;else if(e===$.SAGITTAL)o=r;else return null;let s=-1,c=-1;for(let n=0;n<o;n++){let o=!1;if(e===$.AXIAL){let e=n*r*i;for(let n=0;n<r*i;n++)if(t[e+n]>0){o=!0;break}}else if(e===$.CORONAL)for(let e=0;e<a;e++){for(let a=0;a<r;a++)if(t[a+n*r+e*r*i]>0){o=!0;break}if(o)break}else if(e===$.SAGITTAL)for(let e=0;e<a;e++){for(let a=0;a<i;a++)if(t[n+a*r+e*r*i]>0){o=!0;break}if(o)break}o&&(s===-1&&(s=n),c=n)}return s===-1||c===-1?null:{first:s,last:c}}function qc(e,t,n,r){let{dimX:i,dimY:a,dimZ:o}=r,s;if(t===$.AXIAL){s=new Float32Array(i*a);let t=e*i*a;for(let e=0;e<i*a;e++)s[e]=n[t+e]}else if(t===$.CORONAL){s=new Float32Array(i*o);for(let t=0;t<o;t++)for(let r=0;r<i;r++){let o=r+e*i+t*i*a,c=r+t*i;s[c]=n[o]}}else if(t===$.SAGITTAL){s=new Float32Array(a*o);for(let t=0;t<o;t++)for(let r=0;r<a;r++){let o=e+r*i+t*i*a,c=r+t*a;s[c]=n[o]}}else throw Error(`Invalid slice type`);return s}function Jc(e,t,n,r,i){let{dimX:a,dimY:o,dimZ:s}=r,c;if(t===$.AXIAL){c=new Float32Array(a*o);let t=e*a*o;for(let e=0;e<a*o;e++)c[e]=n[t+e]/i}else if(t===$.CORONAL){c=new Float32Array(a*s);for(let t=0;t<s;t++)for(let r=0;r<a;r++){let s=r+e*a+t*a*o,l=r+t*a;c[l]=n[s]/i}}else if(t===$.SAGITTAL){c=new Float32Array(o*s);for(let t=0;t<s;t++)for(let r=0;r<o;r++){let s=e+r*a+t*a*o,l=r+t*o;c[l]=n[s]/i}}else throw Error(`Invalid slice type`);return c}function Yc(e,t,n,r,i,a,o){let{dimX:s,dimY:c,dimZ:l}=i;if(n===$.AXIAL){let n=t*s*c;for(let t=0;t<e.length;t++)e[t]>=a&&(r[n+t]=o)}else if(n===$.CORONAL)for(let n=0;n<l;n++)for(let i=0;i<s;i++){let l=i+n*s,u=i+t*s+n*s*c;e[l]>=a&&(r[u]=o)}else if(n===$.SAGITTAL)for(let n=0;n<l;n++)for(let i=0;i<c;i++){let l=i+n*c,u=t+i*s+n*s*c;e[l]>=a&&(r[u]=o)}else throw Error(`Invalid slice type`)}function Xc(e,t,n){if(t<3||n<3)return;let r=new Float32Array(e.length);for(let i=0;i<n;i++)for(let n=0;n<t;n++){let a=n+i*t;r[a]=n===0||n===t-1?e[a]:(e[a-1]+2*e[a]+e[a+1])*.25}for(let i=0;i<n;i++)for(let a=0;a<t;a++){let o=a+i*t;e[o]=i===0||i===n-1?r[o]:(r[o-t]+2*r[o]+r[o+t])*.25}}function Zc(e,t,n,r){let i=Math.abs(n-e),a=Math.abs(n-t),o=Math.exp(-i*i/(2*r*r)),s=o+Math.exp(-a*a/(2*r*r));return s<1e-6?.5:o/s}function Qc(e,t,n,r,i,a){let o=(n-r)/(i-r),s=1-o;for(let n=0;n<e.length;n++)a[n]=e[n]*s+t[n]*o}function $c(e,t,n,r,i,a,o,s,c,l){let u=(n-r)/(i-r),d=1-u;for(let n=0;n<e.length;n++)if(e[n]>0||t[n]>0){let r=Zc(s[n],c[n],l[n],o.intensitySigma),i=o.intensityWeight,u=i*r+(1-i)*d,f=1-u;a[n]=e[n]*u+t[n]*f}else a[n]=e[n]*d+t[n]*u}function el(e,t,n,r,i,a,o,s){let{dimX:c,dimY:l,dimZ:u}=t,d=o.sliceType??$.AXIAL,f,p,m;if(d===$.AXIAL)f=c,p=l,m=u-1;else if(d===$.CORONAL)f=c,p=u,m=l-1;else if(d===$.SAGITTAL)f=l,p=u,m=c-1;else throw Error(`Invalid slice type. Must be AXIAL, CORONAL, or SAGITTAL`);let h={intensityWeight:o.intensityWeight??.7,binaryThreshold:o.binaryThreshold??.375,intensitySigma:o.intensitySigma??.1,applySmoothingToSlices:o.applySmoothingToSlices??!0,useIntensityGuided:o.useIntensityGuided??!0};if(i!==void 0&&a!==void 0){if(i>=a)throw Error(`Low slice index must be less than high slice index`);if(i<0||a>m)throw Error(`Slice indices out of bounds [0, ${m}]`)}let g=new Map;for(let n=0;n<=m;n++){let r=qc(n,d,e,t);for(let e=0;e<r.length;e++){let t=r[e];if(t>0){if(!g.has(t))g.set(t,{min:n,max:n});else{let e=g.get(t);e.min=Math.min(e.min,n),e.max=Math.max(e.max,n)}}}}for(let[o,s]of g){let c=i===void 0?s.min:Math.max(i,s.min),l=a===void 0?s.max:Math.min(a,s.max);if(c>=l||l-c<2)continue;let u=qc(c,d,e,t),m=qc(l,d,e,t),g=new Float32Array(u.length),_=new Float32Array(m.length);for(let e=0;e<u.length;e++)g[e]=+(u[e]===o),_[e]=+(m[e]===o);h.applySmoothingToSlices&&(Xc(g,f,p),Xc(_,f,p));for(let i=c+1;i<l;i++){let a=new Float32Array(f*p);if(h.useIntensityGuided&&n){let e=Jc(c,d,n,t,r),o=Jc(l,d,n,t,r),s=Jc(i,d,n,t,r);$c(g,_,i,c,l,a,h,e,o,s)}else Qc(g,_,i,c,l,a);Yc(a,i,d,e,t,h.binaryThreshold,o)}}s()}var tl=class extends CustomEvent{constructor(e,t){super(e,{detail:t})}};export{Ic as $,B as $t,Ec as A,u as An,as as At,Nc as B,h as Bn,or as Bt,Tc as C,ee as Cn,hs as Ct,hc as D,P as Dn,fs as Dt,mc as E,de as En,us as Et,tc as F,T as Fn,ts as Ft,js as G,sn as Gt,zs as H,o as Hn,ar as Ht,ec as I,b as In,ns as It,Ps as J,en as Jt,Os as K,rn as Kt,$s as L,S as Ln,$ as Lt,pc as M,g as Mn,os as Mt,jc as N,D as Nn,rs as Nt,Sc as O,ce as On,ds as Ot,nc as P,_ as Pn,ss as Pt,kc as Q,nn as Qt,Qs as R,y as Rn,es as Rt,_c as S,te as Sn,ys as St,wc as T,ne as Tn,ms as Tt,Rs as U,s as Un,ln as Ut,ic as V,a as Vn,q as Vt,As as W,c as Wn,cn as Wt,Ls as X,$t as Xt,Is as Y,tn as Yt,cc as Z,Qt as Zt,Js as _,re as _n,Ms as _t,Wc as a,Se as an,lc as at,fc as b,fe as bn,vs as bt,Bc as c,me as cn,ac as ct,Ks as d,_e as dn,dc as dt,Jt as en,Rc as et,Xs as f,ve as fn,Ac as ft,Oc as g,O as gn,Ss as gt,uc as h,k as hn,Hs as ht,Gc as i,Ce as in,Bs as it,yc as j,p as jn,is as jt,bc as k,d as kn,ls as kt,Fc as l,pe as ln,Ws as lt,xc as m,N as mn,Mc as mt,Kc as n,z as nn,Gs as nt,Uc as o,xe as on,Dc as ot,Vs as p,L as pn,Zs as pt,Ds as q,on as qt,el as r,R as rn,Ys as rt,Hc as s,be as sn,qs as st,tl as t,qt as tn,zc as tt,Pc as u,I as un,Us as ut,oc as v,ue as vn,sc as vt,Cc as w,F as wn,gs as wt,vc as x,A as xn,_s as xt,gc as y,j as yn,xs as yt,rc as z,v as zn,Po as zt};