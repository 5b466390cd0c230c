# rtnl on Debian: nothing is compiled.
#
#   docker build --file debian-slim.Dockerfile --tag rtnl .
#   docker run --rm --network host rtnl watch route
#   docker run --rm --network host --user root --cap-add NET_ADMIN --volume ./ours.json:/ours.json rtnl sync route --protocol 84 --file /ours.json
FROM node:22-slim
RUN npm install --global @rtnl/cli
USER node
ENTRYPOINT ["rtnl"]
CMD ["watch"]
